using Twinbus.Cli.Invocation;
using Twinbus.Hosts.Converging;

namespace Twinbus.Cli.Rendering.Progress;

/// <summary>Tells whoever waits what takes time.</summary>
internal abstract class RunProgress : IProgress<HostEvent>, IAsyncDisposable
{
    /// <summary>For a run that changes hosts: with <c>--format json</c> a line for each event on standard output as well.</summary>
    public static RunProgress Telling(CommandRun run) => run switch
    {
        { Format: OutputFormat.Text } => Talking(run),
        { Terminal.OutputIsTerminal: true } => new EventStream(run.Terminal, run.Surroundings.Clock, talk: null),
        _ => new EventStream(run.Terminal, run.Surroundings.Clock, Talking(run)),
    };

    /// <inheritdoc cref="For"/>
    public static RunProgress Talking(CommandRun run) => For(run.Terminal, run.Surroundings.Clock, run.Verbose);

    /// <summary>Moving where a person looks at it, plain lines in a pipe.</summary>
    public static RunProgress For(Terminal terminal, TimeProvider clock, bool verbose) =>
        terminal.ErrorIsTerminal && !verbose ? new LiveProgress(terminal, clock) : new PlainProgress(terminal, clock, verbose);

    /// <summary>A step that is not a host's, such as <c>proving both services</c>.</summary>
    public abstract void Step(string text);

    /// <summary>A host's event. One at a time, from any thread.</summary>
    public abstract void Report(HostEvent value);

    /// <summary>Nothing moves any more.</summary>
    public abstract ValueTask DisposeAsync();
}
