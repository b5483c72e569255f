using Twinbus.Hosts.Converging;

namespace Twinbus.Cli.Rendering.Progress;

/// <summary>A line for each thing that takes time, the same thing again only every few seconds; for a careful reader every event, with its time.</summary>
internal sealed class PlainProgress(Terminal terminal, TimeProvider clock, bool verbose) : RunProgress
{
    private static readonly TimeSpan BetweenLinesOnOneThing = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly long began = clock.GetTimestamp();

    // What was last said of each host, and when.
    private readonly Dictionary<string, (string Subject, long Written)> last = [];

    public override void Step(string text) => Write(text);

    public override void Report(HostEvent value)
    {
        if ((verbose ? EventPhrases.Careful(value) : EventPhrases.Now(value)) is not { } text)
        {
            return;
        }

        lock (gate)
        {
            string about = value switch
            {
                ResourceProgress progress => $"{value.Host} {progress.Kind} {progress.Name}",
                RunAwaited => $"{value.Host} awaits another run",
                _ => text,
            };
            if (last.TryGetValue(value.Host, out var said) && about == said.Subject && clock.GetElapsedTime(said.Written) < BetweenLinesOnOneThing)
            {
                return;
            }

            last[value.Host] = (about, clock.GetTimestamp());
        }

        Write(text);
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // A careful reader also wants to see where the time goes.
    private void Write(string text)
    {
        string elapsed = verbose ? $"{clock.GetElapsedTime(began).TotalSeconds,7:0.000} s" : "";
        lock (gate)
        {
            terminal.Error.WriteLine(terminal.ErrorStyle.Faint($"{elapsed}  {text}"));
        }
    }
}
