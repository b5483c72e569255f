using Twinbus.Cli.Output;
using Twinbus.Operations.Deploys;
using Twinbus.Operations.Documents;

namespace Twinbus.Cli.Rendering.Progress;

/// <summary>
/// For a program that follows a run: each event is a line of JSON on standard output, as it happens; a person is told on standard error
/// as ever.
/// </summary>
internal sealed class EventStream(Terminal terminal, TimeProvider clock, RunProgress talk) : RunProgress
{
    private readonly Lock gate = new();

    public override void Report(OperationEvent value)
    {
        if (EventDocument.Of(value, clock.GetUtcNow()) is { } line)
        {
            lock (gate)
            {
                terminal.Output.WriteLine(line.ToJsonLine());
            }
        }

        talk.Report(value);
    }

    public override ValueTask DisposeAsync() => talk.DisposeAsync();
}
