namespace Twinbus.Cli.Failures;

/// <summary>A failure as an operator reads it.</summary>
/// <param name="Code">What the process ends with.</param>
/// <param name="What">What failed, where and why; may have several lines.</param>
/// <param name="Next">What to do next, a line each.</param>
internal sealed record Failure(ExitCode Code, string What, params string[] Next)
{
    /// <summary>Lines of their own, written as they are, each beginning with its place.</summary>
    public IReadOnlyList<string> Lines { get; init; } = [];
}
