using System.CommandLine;
using Twinbus.Cli.Invocation;

namespace Twinbus.Cli.Commands;

/// <summary>A command that does something (not a group of commands).</summary>
internal abstract class Verb : Command
{
    protected Verb(string name, string description, params Example[] examples)
        : base(name, description) => Examples = examples;

    /// <summary>Shown by <c>--help</c>; a test parses every one.</summary>
    public IReadOnlyList<Example> Examples { get; }

    /// <summary>What <c>--help</c> says beyond the description, a paragraph each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Does it.</summary>
    public abstract Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken);
}

/// <summary>A command line that works, and what it is for.</summary>
internal sealed record Example(string CommandLine, string Purpose);
