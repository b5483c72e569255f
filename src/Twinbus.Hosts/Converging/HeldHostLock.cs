using Twinbus.Hosts.Locks;

namespace Twinbus.Hosts.Converging;

/// <summary>A host's lock while this run has it. Once the deployer is gone, whoever waits is told so, and what the agent is at.</summary>
internal sealed class HeldHostLock : IDisposable
{
    private static readonly TimeSpan BetweenWords = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly DeploymentLock held;
    private readonly TimeProvider clock;
    private readonly CancellationTokenRegistration registration;
    private LockHolder holder;
    private long said;

    /// <param name="held">The lock.</param>
    /// <param name="holder">Who holds it.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="abandoned">Cancelled when the deployer is gone.</param>
    public HeldHostLock(DeploymentLock held, LockHolder holder, TimeProvider clock, CancellationToken abandoned)
    {
        this.held = held;
        this.holder = holder;
        this.clock = clock;
        registration = abandoned.Register(Abandon);
    }

    /// <summary>Notes what the run is at.</summary>
    public void Note(string text)
    {
        lock (gate)
        {
            holder = holder with { At = text };
            if (holder.Abandoned is not null && clock.GetElapsedTime(said) >= BetweenWords)
            {
                Say();
            }
        }
    }

    /// <inheritdoc cref="Note(string)"/>
    public void Note(HostEvent happened)
    {
        if (happened is ResourceProgress progress)
        {
            Note($"{progress.Kind} {progress.Name}: {progress.Text}");
        }
    }

    /// <inheritdoc cref="DeploymentLock.Remove"/>
    public void Remove()
    {
        registration.Dispose();
        held.Remove();
    }

    /// <summary>Gives it back.</summary>
    public void Dispose()
    {
        registration.Dispose();
        held.Dispose();
    }

    private void Abandon()
    {
        lock (gate)
        {
            holder = holder with { Abandoned = clock.GetUtcNow() };
            Say();
        }
    }

    private void Say()
    {
        said = clock.GetTimestamp();
        try
        {
            held.Say(holder);
        }
        catch (IOException)
        {
            // On a full disk whoever waits is told less and waits less long; the work at hand is worth more.
        }
    }
}
