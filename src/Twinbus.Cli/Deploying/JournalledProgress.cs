using Twinbus.Cli.Rendering.Progress;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Running;

namespace Twinbus.Cli.Deploying;

/// <summary>Shows what happens, and keeps it in the journal from when the plan is resolved: before that nothing is changed that could break off.</summary>
internal sealed class JournalledProgress(RunProgress progress) : IProgress<HostEvent>, IDisposable
{
    private RunJournal? journal;

    /// <summary>From here on things are changed.</summary>
    public void Begin(RunJournal begun) => journal = begun;

    public void Report(HostEvent value) => ((IProgress<HostEvent>?)journal ?? progress).Report(value);

    /// <summary>The run came to its end, well or not.</summary>
    public void End() => journal?.End();

    public void Dispose() => journal?.Dispose();
}
