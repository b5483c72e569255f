using Twinbus.Hosts.Running;

namespace Twinbus.Operations.Deploys;

/// <summary>Passes on what happens, and keeps it in the journal once changes begin: before that there is nothing that could break off.</summary>
internal sealed class JournalledProgress(IProgress<HostEvent> progress) : IProgress<HostEvent>, IDisposable
{
    private RunJournal? journal;

    /// <summary>From here on things are changed.</summary>
    public void Begin(RunJournal begun) => journal = begun;

    public void Report(HostEvent value) => (journal ?? progress).Report(value);

    /// <summary>The run came to its end, well or not.</summary>
    public void End() => journal?.End();

    public void Dispose() => journal?.Dispose();
}
