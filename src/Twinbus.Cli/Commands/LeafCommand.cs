using System.CommandLine;
using Twinbus.Cli.Invocation;

namespace Twinbus.Cli.Commands;

/// <summary>A command that does something (not a group of commands).</summary>
internal abstract class LeafCommand : Command
{
    protected LeafCommand(string name, string description, params Example[] examples)
        : base(name, description) => Examples = examples;

    /// <summary>Shown by <c>--help</c>; a test parses every one.</summary>
    public IReadOnlyList<Example> Examples { get; }

    /// <summary>What <c>--help</c> says beyond the description, a paragraph each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Does it.</summary>
    public abstract Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken);
}
