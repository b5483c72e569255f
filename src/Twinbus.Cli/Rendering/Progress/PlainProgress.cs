using Twinbus.Cli.Output;
using Twinbus.Deployment;
using Twinbus.Hosts.Running;

namespace Twinbus.Cli.Rendering.Progress;

/// <summary>A line for each thing that takes time, the same thing again only every few seconds; for a careful reader every event, with its time.</summary>
internal sealed class PlainProgress(Terminal terminal, TimeProvider clock, bool verbose) : SpokenProgress
{
    private static readonly TimeSpan BetweenLinesOnOneThing = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly long began = clock.GetTimestamp();

    // What was last said of each host, and when.
    private readonly Dictionary<string, (string Subject, long Written)> last = [];

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected override void Step(string text) => Write(text);

    protected override void Notice(Problem notice) => NoticeText.Write(notice, terminal);

    protected override void Report(HostEvent happened)
    {
        if ((verbose ? EventPhrases.Careful(happened) : EventPhrases.Now(happened)) is not { } text)
        {
            return;
        }

        lock (gate)
        {
            string about = happened switch
            {
                ResourceProgress progress => $"{happened.Host} {progress.Kind} {progress.Name}",
                RunAwaited => $"{happened.Host} awaits another run",
                _ => text,
            };
            if (last.TryGetValue(happened.Host, out var said) && about == said.Subject && clock.GetElapsedTime(said.Written) < BetweenLinesOnOneThing)
            {
                return;
            }

            last[happened.Host] = (about, clock.GetTimestamp());
        }

        Write(text);
    }

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
