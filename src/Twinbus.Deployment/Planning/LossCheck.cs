using System.Collections.Immutable;
using Twinbus.Deployment.Placement;
using Twinbus.Deployment.Reading;

namespace Twinbus.Deployment.Planning;

/// <summary>Compares the hosts of the files with those of the last deploy: what a broker instance holds stays on one of its hosts at least.</summary>
internal sealed class LossCheck(DeploymentSource source, PlanningContext context, ProblemList problems)
{
    public void Check()
    {
        if (!source.Request.StartEmpty)
        {
            foreach (InstanceDraft draft in InstanceDraft.Of(source.Services, source.Placement, DeploymentPlanner.NameOf(context)))
            {
                CheckSomeHostStays(draft);
            }
        }

        foreach (string name in source.Request.Forgotten)
        {
            CheckIsGone(name);
        }
    }

    private void CheckSomeHostStays(InstanceDraft draft)
    {
        if (draft.Before(context.Previous) is not { Nodes.IsEmpty: false } before || before.Nodes.Any(node => draft.Hosts.Contains(node.Host)))
        {
            return;
        }

        problems.Add(
            source.Placement.Places.GetValueOrDefault(draft.Hosts[0]),
            $"the {draft.Owner.Name} messaging service would go from {Names(before.Nodes.Select(node => node.Host))} to {Names(draft.Hosts)}",
            "no host stays that holds its messages: an empty broker would begin, and the old one would be removed with all that it holds",
            "keep one of the old hosts in the inventory for one deploy; or say --start-empty; another site has a deployment directory of its own: -d DIR");
    }

    private void CheckIsGone(string name)
    {
        if (source.Hosts.Any(host => host.Name == name))
        {
            problems.Add(null, $"the host {name} cannot be forgotten", "it is in the inventory", "take it out of the inventory first");
        }
        else if (context.Previous is not { } previous || !previous.Hosts.Concat(previous.Departed).Any(host => host.Name == name))
        {
            string left = Names(context.Previous?.Departed.Select(host => host.Name) ?? []);
            problems.Add(null, $"the host {name} cannot be forgotten", $"nothing is known of it; hosts that left: {(left.Length > 0 ? left : "none")}", "mend the name, or leave it out");
        }
    }

    private static string Names(IEnumerable<string> names) => string.Join(", ", names);
}
