using Twinbus.Hosts.Converging;

namespace Twinbus.Cli.Rendering.Progress;

/// <summary>For a program that follows a run: each event a line of JSON on standard output, as it happens; a person is told on standard error as ever.</summary>
internal sealed class EventStream(Terminal terminal, TimeProvider clock, RunProgress? talk) : RunProgress
{
    private readonly Lock gate = new();

    public override void Step(string text)
    {
        Write(new EventDocument(clock.GetUtcNow(), "step") { Text = text });
        talk?.Step(text);
    }

    public override void Report(HostEvent value)
    {
        if (EventDocument.Of(value, clock.GetUtcNow()) is { } line)
        {
            Write(line);
        }

        talk?.Report(value);
    }

    public override ValueTask DisposeAsync() => talk?.DisposeAsync() ?? ValueTask.CompletedTask;

    private void Write(EventDocument line)
    {
        lock (gate)
        {
            ReportJson.WriteLine(terminal, line);
        }
    }
}
