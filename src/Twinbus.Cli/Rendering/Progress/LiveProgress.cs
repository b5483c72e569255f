using System.Globalization;
using Spectre.Console;
using Twinbus.Hosts.Running;

namespace Twinbus.Cli.Rendering.Progress;

/// <summary>
/// One moving line that says what happens now and for how long. It appears only when a run is not over at once,
/// so that a run with nothing to do neither flickers nor loads what draws it.
/// </summary>
internal sealed class LiveProgress : RunProgress
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(400);

    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Terminal terminal;
    private readonly TimeProvider clock;
    private readonly long began;
    private readonly Task drawing;
    private volatile string now = "reading the hosts";

    public LiveProgress(Terminal terminal, TimeProvider clock)
    {
        this.terminal = terminal;
        this.clock = clock;
        began = clock.GetTimestamp();
        drawing = DrawWhenItTakesTimeAsync();
    }

    public override void Step(string text) => now = text;

    public override void Report(HostEvent value) => now = EventPhrases.Now(value) ?? now;

    public override async ValueTask DisposeAsync()
    {
        ended.TrySetResult();
        await drawing.ConfigureAwait(false);
    }

    private async Task DrawWhenItTakesTimeAsync()
    {
        if (await Task.WhenAny(ended.Task, Task.Delay(Patience, clock)).ConfigureAwait(false) != ended.Task)
        {
            await DrawAsync().ConfigureAwait(false);
        }
    }

    private Task DrawAsync()
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(terminal.Error),
            Ansi = AnsiSupport.Yes,
            ColorSystem = terminal.ErrorStyle.HasColor ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.Yes,
        });
        return console.Status().Spinner(Spinner.Known.Dots).StartAsync(Line(), async context =>
        {
            while (await Task.WhenAny(ended.Task, Task.Delay(TimeSpan.FromMilliseconds(200), clock)).ConfigureAwait(false) != ended.Task)
            {
                context.Status = Line();
            }
        });
    }

    private string Line()
    {
        string seconds = clock.GetElapsedTime(began).TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
        int room = Math.Max(20, terminal.Width - 12);
        string text = now.Length > room ? $"{now[..(room - 1)]}…" : now;
        return $"{Markup.Escape(text)} [dim]{seconds} s[/]";
    }
}
