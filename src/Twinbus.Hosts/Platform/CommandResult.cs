namespace Twinbus.Hosts.Platform;

/// <summary>What a program printed and how it ended.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Error">What it wrote to standard error.</param>
public sealed record CommandResult(int ExitCode, string Output, string Error)
{
    /// <summary>The last lines of what it printed, for an error.</summary>
    /// <param name="lines">How many.</param>
    public string Tail(int lines = 15)
    {
        var text = (Output + Error).TrimEnd().Split('\n');
        return string.Join('\n', text[Math.Max(0, text.Length - lines)..]);
    }
}
