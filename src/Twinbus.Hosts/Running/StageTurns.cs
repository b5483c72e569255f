using Twinbus.Hosts.Plans;

namespace Twinbus.Hosts.Running;

/// <summary>
/// Who does a stage when. Hosts that have nothing to take turns about go first, together; then those that have, one of
/// each group at a time, in the plan's order. Where a host of a group has failed, the group's others are left as they are.
/// </summary>
internal sealed class StageTurns(Plan plan, FleetRun run)
{
    private readonly Dictionary<string, HostPlan> parts = plan.Hosts.ToDictionary(h => h.Host);

    public async Task ApplyAsync(Stage stage, CancellationToken cancellationToken)
    {
        var turns = run.Alive.Select(host => (Host: host, Groups: Groups(host, stage, host.ActionOn))).ToList();
        HostRun[] together = [.. turns.Where(t => t.Groups.Count == 0).Select(t => t.Host)];

        // Members of a cluster wait for each other when they start: holding some back would hold all of them up.
        await run.EachAsync(
            together, host => host.ApplyAsync(stage, cancellationToken), unbounded: stage == Stage.Start, cancellationToken).ConfigureAwait(false);
        var last = run.Hosts.Where(h => h.Failure is not null)
            .SelectMany(h => Groups(h, stage, _ => ResourceAction.Restart))
            .Distinct()
            .ToDictionary(group => group, _ => Task.FromResult(false));
        var begun = new List<Task>();
        foreach (var (host, groups) in turns.Where(t => t.Groups.Count > 0))
        {
            var turn = TakeAsync(host, stage, [.. groups.Where(last.ContainsKey).Select(g => last[g])], cancellationToken);
            begun.Add(turn);
            foreach (var group in groups)
            {
                last[group] = turn;
            }
        }

        await Task.WhenAll(begun).ConfigureAwait(false);
    }

    private HashSet<string> Groups(HostRun host, Stage stage, Func<Resource, ResourceAction> action) =>
    [
        .. parts[host.Host].Stages.Where(s => s.Stage == stage).SelectMany(s => s.Resources)
            .Select(r => r.TakesTurnsIn(action(r)))
            .OfType<string>(),
    ];

    private static async Task<bool> TakeAsync(HostRun host, Stage stage, Task<bool>[] before, CancellationToken cancellationToken)
    {
        if (!(await Task.WhenAll(before).ConfigureAwait(false)).All(well => well))
        {
            return false;
        }

        await host.ApplyAsync(stage, cancellationToken).ConfigureAwait(false);
        return host.Failure is null;
    }
}
