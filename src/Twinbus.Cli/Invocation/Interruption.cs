using System.Runtime.InteropServices;

namespace Twinbus.Cli.Invocation;

/// <summary>
/// The first SIGINT, SIGTERM or SIGHUP asks the command to end calmly; the second one is the operating system's
/// own, and ends the process where it stands.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;
    private readonly Action<string> tell;

    public Interruption(Action<string> tell)
    {
        this.tell = tell;
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];
        registrations = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, OnSignal))];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>Completes when the command is asked to end, which for a command that runs until then is no failure.</summary>
    public static async Task WaitAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = cancellationToken.Register(asked.SetResult);
        await asked.Task.ConfigureAwait(false);
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in registrations)
        {
            registration.Dispose();
        }

        source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (source.IsCancellationRequested)
        {
            return;
        }

        context.Cancel = true;
        if (context.Signal == PosixSignal.SIGINT)
        {
            tell("stopping; press Ctrl-C again to stop at once");
        }

        source.Cancel();
    }
}
