using System.Threading.Channels;
using Twinbus.Hosts.Resources;

namespace Twinbus.Hosts.Running;

/// <summary>One host's part in a run: its session, and what has come of it so far.</summary>
internal sealed class HostRun(string host, IProgress<HostEvent> progress) : IAsyncDisposable
{
    private readonly List<ResourceChange> found = [];
    private readonly List<ResourceChange> done = [];
    private IHostSession? session;

    public string Host => host;

    public HostFailure? Failure { get; private set; }

    public string? Fingerprint { get; private set; }

    public int Pending { get; private set; }

    public HostFacts? Facts { get; private set; }

    /// <summary>What a deploy would change.</summary>
    public IReadOnlyList<ResourceChange> Found => found;

    /// <summary>What a deploy has to do about a resource, as far as the check found.</summary>
    public ResourceAction ActionOn(Resource resource) =>
        found.Find(f => f.Kind == resource.Kind && f.Name == resource.Name)?.Action ?? ResourceAction.None;

    /// <summary>What was changed.</summary>
    public IReadOnlyList<ResourceChange> Done => done;

    /// <summary>Whether the agent waits for more to do.</summary>
    public bool IsOpen => session is not null;

    /// <summary>Opens the session; a host that cannot be reached has a failure from then on.</summary>
    public async Task OpenAsync(Func<CancellationToken, ValueTask<IHostSession>> open, CancellationToken cancellationToken)
    {
        try
        {
            found.Clear();
            session = await open(cancellationToken).ConfigureAwait(false);
        }
        catch (HostException e)
        {
            Fail(e.Failure);
        }
    }

    /// <summary>Takes events until one of type <typeparamref name="TLast"/>, or until the host has failed.</summary>
    public async Task ReadUntilAsync<TLast>(CancellationToken cancellationToken)
        where TLast : HostEvent
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
                Fail((e.InnerException as HostException)?.Failure ?? Broken(e.InnerException));
                return;
            }
            catch (ChannelClosedException e)
            {
                throw new OperationCanceledException("The run was interrupted.", e, cancellationToken);
            }

            Take(happened);
            if (happened is TLast)
            {
                return;
            }
        }
    }

    /// <summary>Converges one stage.</summary>
    public async Task ApplyAsync(Stage stage, CancellationToken cancellationToken)
    {
        await session!.SendAsync(new ApplyStage(stage), cancellationToken).ConfigureAwait(false);
        await ReadUntilAsync<StageEnded>(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes no further part: the host is not as it was when the plan was looked at.</summary>
    public void Refuse() => Fail(new HostFailure(
        HostFailureReason.StalePlan,
        "Nothing was changed: the host is not as it was when the plan was made.",
        $"It now needs {Pending} changes: {string.Join("; ", found.Take(5).Select(c => $"{c.Kind} {c.Name} {c.Detail}"))}.",
        "Make the plan anew, look at it, and deploy that."));

    /// <summary>Lets the agent go, if it is still there.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (Failure is null && session is not null)
        {
            await session.SendAsync(new Finish(), cancellationToken).ConfigureAwait(false);
            await ReadUntilAsync<HostEnded>(cancellationToken).ConfigureAwait(false);
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
            case HostFailed e:
                Fail(e.Failure);
                return;
        }

        progress.Report(happened);
    }

    private void Fail(HostFailure failure)
    {
        Failure = failure with { Host = host };
        progress.Report(new HostFailed(Failure) { Host = host });
    }

    private static HostFailure Broken(Exception? cause) => new(
        HostFailureReason.Protocol,
        "The host agent broke off.",
        cause?.Message ?? "It ended without saying why.",
        "Run this again; what is done already stays. If it happens again, please report it.");
}
