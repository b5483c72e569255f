using Twinbus.Deployment.Model;
using Twinbus.Deployment.Placement;
using Twinbus.Deployment.Reading;
using Twinbus.Hosts.Running;

namespace Twinbus.Deployment.Planning;

/// <summary>Refuses a service manager that a host does not have: systemd is taken where it runs, the supervisor where it does not.</summary>
internal sealed class ServiceManagerCheck(DeploymentSource source, PlanningContext context, ProblemList problems)
{
    public void Check(IEnumerable<InstanceDraft> drafts)
    {
        foreach (InstanceDraft draft in drafts)
        {
            ServiceManager wanted = ServerParameters.ReadManager(draft.Owner.Parameters);
            foreach (string host in draft.Hosts.Where(host => context.Facts.TryGetValue(host, out HostFacts? facts) && Refuses(facts, wanted)))
            {
                ParameterValue manager = draft.Owner.Parameters[ServerParameters.Manager];
                problems.Add(
                    manager.Place ?? source.Placement.Places.GetValueOrDefault(host),
                    $"{manager.Name} is {manager.Text}, and {host} {(wanted is ServiceManager.Systemd ? "does not run systemd" : "runs systemd")}",
                    wanted is ServiceManager.Systemd ? "nothing there would keep the broker running" : "this version leaves services to systemd where it runs",
                    $"set {manager.Name} to auto");
            }
        }
    }

    private static bool Refuses(HostFacts facts, ServiceManager wanted) => wanted switch
    {
        ServiceManager.Systemd => !facts.RunsSystemd,
        ServiceManager.Supervised => facts.RunsSystemd,
        _ => false,
    };
}
