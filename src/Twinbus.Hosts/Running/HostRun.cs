using System.Threading.Channels;
using Twinbus.Hosts.Agent;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Kinds.Ports;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Sessions;

namespace Twinbus.Hosts.Running;

/// <summary>One host's part in a run: its session, and what has come of it so far.</summary>
internal sealed class HostRun(string host, IProgress<HostEvent> progress) : IAsyncDisposable
{
    // Ctrl-C at a terminal ends the ways to the hosts in the same moment as it asks the run to end.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(200);

    private readonly Lock failing = new();
    private readonly List<ResourceChange> found = [];
    private readonly List<ResourceChange> done = [];
    private IHostSession? session;
    private bool hasReserved;

    public string Host => host;

    public HostFailure? Failure { get; private set; }

    public string? Fingerprint { get; private set; }

    public int Pending { get; private set; }

    public HostFacts? Facts { get; private set; }

    /// <summary>The part that the host was checked against last; null while it was not.</summary>
    public HostPlan? Checked { get; set; }

    /// <summary>Whether the host said what it is, and is to be given a plan made on that.</summary>
    public bool AwaitsPlan { get; private set; }

    /// <summary>Why the host's ports could not be claimed as planned; null when they could.</summary>
    public HostFailure? Refusal { get; private set; }

    /// <summary>Whether ports are to be claimed on the host before anything is made there.</summary>
    public bool HasToReserve => !hasReserved && found.Exists(change => change.Kind == PortReservationResource.KindName);

    /// <summary>What a deploy would change.</summary>
    public IReadOnlyList<ResourceChange> Found => found;

    /// <summary>What a deploy has to do about a resource, as far as the check found.</summary>
    public ResourceAction ActionOn(Resource resource) =>
        found.Find(f => f.Kind == resource.Kind && f.Name == resource.Name)?.Action ?? ResourceAction.None;

    /// <summary>What was changed.</summary>
    public IReadOnlyList<ResourceChange> Done => done;

    /// <summary>Whether the agent waits for more to do.</summary>
    public bool IsOpen => session is not null;

    /// <summary>Checks the host against its part, on the session that is open or on a new one; without a part, asks what the host is.</summary>
    public async Task CheckAsync(HostPlan? part, Func<CancellationToken, ValueTask<IHostSession>> open, CancellationToken cancellationToken)
    {
        found.Clear();
        done.Clear();
        (Checked, AwaitsPlan, Refusal, hasReserved) = (null, false, null, false);
        try
        {
            if (session is not null && part is not null)
            {
                await session.SendAsync(new TakePlan(part), cancellationToken).ConfigureAwait(false);
            }
            else
            {
                Keep(await open(cancellationToken).ConfigureAwait(false), cancellationToken);
            }
        }
        catch (HostException e)
        {
            await FailAsync(e, cancellationToken).ConfigureAwait(false);
            return;
        }

        var last = await ReadUntilAsync(happened => happened is HostChecked or FactsRead, cancellationToken).ConfigureAwait(false);
        Checked = last is HostChecked ? part : null;
        AwaitsPlan = last is FactsRead;
    }

    /// <summary>Takes events until one that <paramref name="isLast"/> names, or until the host has failed.</summary>
    private async Task<HostEvent?> ReadUntilAsync(Predicate<HostEvent> isLast, CancellationToken cancellationToken)
    {
        while (Failure is null)
        {
            HostEvent happened;
            try
            {
                happened = await session!.Events.ReadAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (ChannelClosedException e) when (e.InnerException is not OperationCanceledException)
            {
                await FailAsync(e.InnerException, cancellationToken).ConfigureAwait(false);
                return null;
            }
            catch (ChannelClosedException e)
            {
                throw new OperationCanceledException("The run was interrupted.", e, cancellationToken);
            }

            Take(happened);
            if (isLast(happened))
            {
                return happened;
            }
        }

        return null;
    }

    /// <summary>Claims the host's ports. One that another deployment was first with leaves the host waiting for another plan.</summary>
    public async Task ReserveAsync(CancellationToken cancellationToken)
    {
        await session!.SendAsync(new ApplyStage(Stage.Reserve), cancellationToken).ConfigureAwait(false);
        var last = await ReadUntilAsync(happened => happened is StageEnded or ReservationRefused, cancellationToken).ConfigureAwait(false);
        hasReserved = last is StageEnded;
        if (last is ReservationRefused refused)
        {
            (Checked, AwaitsPlan, Refusal) = (null, true, refused.Failure);
        }
    }

    /// <summary>Converges one stage, unless the host has failed while it waited for that.</summary>
    public async Task ApplyAsync(Stage stage, CancellationToken cancellationToken)
    {
        if (Failure is not null)
        {
            return;
        }

        await session!.SendAsync(new ApplyStage(stage), cancellationToken).ConfigureAwait(false);
        await ReadUntilAsync(happened => happened is StageEnded, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes no further part: the host is not as it was when the plan was looked at.</summary>
    public void Refuse() => Fail(new HostFailure(
        HostFailureReason.StalePlan,
        "Nothing was changed: the host is not as it was when the plan was made.",
        Pending == 0
            ? "It needs no change any more: the plan was deployed already, or somebody did the same by hand."
            : $"It now needs {Pending} changes: {string.Join("; ", found.Take(5).Select(c => $"{c.Kind} {c.Name} {c.Detail}"))}.",
        Pending == 0 ? "There is nothing left to do here; twinbus plan says so too." : "Make the plan anew, look at it, and deploy that."));

    /// <summary>Takes no further part: whenever a plan was made for it, it was another host by then.</summary>
    public void GiveUpPlanning() => Fail(new HostFailure(
        HostFailureReason.StalePlan,
        "Nothing was changed: the host does not stay as it is for long enough to be planned for.",
        "Its packages, or who listens on the ports that are wanted, changed each time a plan was made.",
        "Wait until what is at work there has ended, then run this again."));

    /// <summary>Takes no further part: another deployment has a port of its plan.</summary>
    public void GiveUpReserving(bool mayPlanAnew) => Fail(Refusal! with
    {
        What = $"Nothing was changed: {char.ToLowerInvariant(Refusal!.What[0])}{Refusal.What[1..]}",
        Next = mayPlanAnew ? Refusal.Next : "Make the plan anew, look at it, and deploy that.",
    });

    /// <summary>Removes all that a deployment made there.</summary>
    public async Task RemoveAsync(Func<CancellationToken, ValueTask<IHostSession>> open, CancellationToken cancellationToken)
    {
        try
        {
            Keep(await open(cancellationToken).ConfigureAwait(false), cancellationToken);
        }
        catch (HostException e)
        {
            await FailAsync(e, cancellationToken).ConfigureAwait(false);
            return;
        }

        await ReadUntilAsync(happened => happened is HostEnded, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets the agent go, if it is still there.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (Failure is null && session is not null)
        {
            await session.SendAsync(new Finish(), cancellationToken).ConfigureAwait(false);
            await ReadUntilAsync(happened => happened is HostEnded, cancellationToken).ConfigureAwait(false);
            await DisposeAsync().ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (session is { } open)
        {
            session = null;
            await open.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Keep(IHostSession opened, CancellationToken cancellationToken)
    {
        session = opened;
        _ = WatchAsync(opened, cancellationToken);
    }

    // Nobody reads while the host waits for others: that it is gone is noticed all the same, and said at once.
    private async Task WatchAsync(IHostSession opened, CancellationToken cancellationToken)
    {
        try
        {
            await opened.Events.Completion.ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException || !ReferenceEquals(session, opened))
        {
            // The run was interrupted, or this session was let go.
        }
        catch (Exception e)
        {
            await FailAsync(e, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Take(HostEvent happened)
    {
        switch (happened)
        {
            case ResourceChecked { Action: not ResourceAction.None } e:
                found.Add(new ResourceChange(host, e.Kind, e.Name, e.Action, e.Detail));
                break;
            case ResourceConverged { Action: not ResourceAction.None } e:
                done.Add(new ResourceChange(host, e.Kind, e.Name, e.Action, e.Detail));
                break;
            case HostChecked e:
                (Pending, Fingerprint) = (e.Pending, e.Fingerprint);
                break;
            case FactsRead e:
                Facts = e.Facts;
                break;
            case ReservationRefused e:
                Facts = e.Facts;
                break;
            case HostFailed e:
                Fail(e.Failure);
                return;
        }

        progress.Report(happened);
    }

    // A way that broke off because the run is being interrupted is no failure of the host.
    private async Task FailAsync(Exception? cause, CancellationToken cancellationToken)
    {
        var failure = (cause as HostException)?.Failure ?? Broken(cause);
        if (failure.Reason is HostFailureReason.Unreachable or HostFailureReason.Protocol)
        {
            await Task.Delay(Grace, cancellationToken).ConfigureAwait(false);
        }

        Fail(failure);
    }

    // By whoever notices first.
    private void Fail(HostFailure failure)
    {
        lock (failing)
        {
            if (Failure is null)
            {
                Failure = failure with { Host = host };
                progress.Report(new HostFailed(Failure) { Host = host });
            }
        }
    }

    private static HostFailure Broken(Exception? cause) => new(
        HostFailureReason.Protocol,
        "The host agent broke off.",
        cause?.Message ?? "It ended without saying why.",
        "Run this again; what is done already stays. If it happens again, please report it.");
}
