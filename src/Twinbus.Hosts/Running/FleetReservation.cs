namespace Twinbus.Hosts.Running;

/// <summary>
/// Claims the ports of a run on all its hosts before anything is made on one. When another deployment was first, the
/// plan is made anew on what the host says by then.
/// </summary>
internal sealed class FleetReservation(FleetRun run, FleetCheck check)
{
    // Each time somebody else would have to be first, with the very ports that were chosen instead.
    private const int MostRounds = 4;

    /// <param name="mayPlanAnew">Whether other ports will do; not those of a plan that somebody looked at.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    public async Task MakeAsync(bool mayPlanAnew, CancellationToken cancellationToken)
    {
        for (var round = 1; ; round++)
        {
            await ReserveAsync(cancellationToken).ConfigureAwait(false);
            var refused = run.Alive.Where(host => host.Refusal is not null).ToList();
            if (refused.Count == 0)
            {
                return;
            }

            if (!mayPlanAnew || round == MostRounds)
            {
                refused.ForEach(host => host.GiveUpReserving(mayPlanAnew));
                return;
            }

            await check.ResolveAsync(staysOpen: _ => true, cancellationToken).ConfigureAwait(false);
        }
    }

    // Two runs on the same hosts meet on the first of them, where one is refused before it has claimed anything elsewhere.
    private async Task ReserveAsync(CancellationToken cancellationToken)
    {
        HostRun[] hosts = [.. run.Alive.Where(host => host.HasToReserve).OrderBy(host => host.Host, StringComparer.Ordinal)];
        if (hosts is not [var first, .. var others])
        {
            return;
        }

        await first.ReserveAsync(cancellationToken).ConfigureAwait(false);
        if (first.Refusal is null)
        {
            await run.EachAsync(others, host => host.ReserveAsync(cancellationToken), unbounded: false, cancellationToken).ConfigureAwait(false);
        }
    }
}
