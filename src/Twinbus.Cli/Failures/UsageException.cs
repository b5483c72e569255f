namespace Twinbus.Cli.Failures;

/// <summary>The command line cannot be followed. Nothing has been done.</summary>
internal sealed class UsageException(string message, string? suggestion = null) : Exception(message)
{
    /// <summary>What to write instead.</summary>
    public string? Suggestion { get; } = suggestion;
}
