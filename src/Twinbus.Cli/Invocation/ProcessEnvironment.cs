using Twinbus.Cli.Output;

namespace Twinbus.Cli.Invocation;

/// <summary>What a command finds around it: the terminal, the environment variables, the current directory, the clock.</summary>
internal sealed record ProcessEnvironment
{
    /// <summary>Where data, talk and input go and come from.</summary>
    public required Terminal Terminal { get; init; }

    /// <summary>An environment variable by name; an empty one counts as absent.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>The directory that relative paths are relative to.</summary>
    public required string CurrentDirectory { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public static ProcessEnvironment OfThisProcess()
    {
        static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
        return new ProcessEnvironment
        {
            Terminal = Terminal.OfThisProcess(Variable),
            Variable = Variable,
            CurrentDirectory = Environment.CurrentDirectory,
        };
    }

    /// <summary><paramref name="path"/> as an absolute path without <c>.</c> and <c>..</c>.</summary>
    public string Absolute(string path) => Path.GetFullPath(path, CurrentDirectory);
}
