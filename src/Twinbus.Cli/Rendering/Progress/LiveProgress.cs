using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using Twinbus.Hosts.Converging;

namespace Twinbus.Cli.Rendering.Progress;

/// <summary>
/// Where a person looks at it: a moving line for each host at work, above them what each host's stages came to. It
/// appears only when a run is not over at once, so that a run with nothing to do neither flickers nor loads what draws it.
/// </summary>
internal sealed class LiveProgress : RunProgress
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan BetweenFrames = TimeSpan.FromMilliseconds(100);
    private static readonly Spinner Spinner = Spinner.Known.Dots;

    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Terminal terminal;
    private readonly TimeProvider clock;
    private readonly HostLines hosts;
    private readonly long began;
    private readonly Task drawing;
    private volatile string now = "working on the hosts";
    private int widestHost;

    public LiveProgress(Terminal terminal, TimeProvider clock)
    {
        this.terminal = terminal;
        this.clock = clock;
        hosts = new HostLines(clock);
        began = clock.GetTimestamp();
        drawing = DrawWhenItTakesTimeAsync();
    }

    public override void Step(string text) => now = text;

    public override void Report(HostEvent value) => hosts.Report(value);

    public override async ValueTask DisposeAsync()
    {
        ended.TrySetResult();
        await drawing.ConfigureAwait(false);
    }

    private async Task DrawWhenItTakesTimeAsync()
    {
        if (await Task.WhenAny(ended.Task, Task.Delay(Patience, clock)).ConfigureAwait(false) != ended.Task)
        {
            terminal.Moving = Step;
            await DrawAsync().ConfigureAwait(false);
            terminal.Moving = null;
        }
    }

    private async Task DrawAsync()
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(terminal.Error),
            Ansi = AnsiSupport.Yes,
            ColorSystem = terminal.ErrorStyle.HasColor ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.Yes,
        });
        console.Profile.Width = terminal.Width;
        console.Profile.Height = terminal.Height;
        await console.Live(Frame()).AutoClear(true).StartAsync(async context =>
        {
            while (await Task.WhenAny(ended.Task, Task.Delay(BetweenFrames, clock)).ConfigureAwait(false) != ended.Task)
            {
                Keep(console);
                context.UpdateTarget(Frame());
            }
        }).ConfigureAwait(false);
        Keep(console);
    }

    private void Keep(IAnsiConsole console)
    {
        foreach (HostLine line in hosts.TakeFinished())
        {
            // To the edge: it takes the place of a line that moved, which may have been longer.
            string text = Text(line);
            string filled = text + new string(' ', Math.Max(0, terminal.Width - 1 - Markup.Remove(text).Length));
            console.MarkupLine(line.IsBad ? $"[red]{filled}[/]" : filled);
        }
    }

    private Rows Frame()
    {
        TimeSpan elapsed = clock.GetElapsedTime(began);
        IReadOnlyList<HostLine> atWork = hosts.AtWork();
        int room = Math.Max(3, terminal.Height - 4);
        List<IRenderable> lines = [.. atWork.Take(room).Select(line => new Markup(Text(line)))];
        if (atWork.Count > room)
        {
            lines.Add(new Markup($"  [dim]and {atWork.Count - room} hosts more[/]"));
        }

        string frame = Spinner.Frames[(int)(elapsed / Spinner.Interval) % Spinner.Frames.Count];
        lines.Add(new Markup($"{Markup.Escape(frame)} {Fit(now, terminal.Width - 12)} [dim]{elapsed.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)} s[/]"));
        return new Rows(lines);
    }

    private string Text(HostLine line)
    {
        widestHost = Math.Max(widestHost, line.Host.Length);
        string doing = $"  {line.Host.PadRight(widestHost)}  {line.Doing}";
        return $"{Fit(doing, terminal.Width - 1)}  [dim]{Fit(line.Text, terminal.Width - doing.Length - 3)}[/]";
    }

    private static string Fit(string text, int room) => Markup.Escape(text.Length <= room ? text : room > 1 ? $"{text[..(room - 1)]}…" : "");
}
