using Twinbus.Deployment;

namespace Twinbus.Operations.Documents;

/// <summary>A mistake or a notice and its place; part of other documents.</summary>
/// <param name="File">The file; null when no file said it.</param>
/// <param name="Line">From 1; 0 for a file as a whole.</param>
/// <param name="Column">From 1; 0 for a file as a whole.</param>
/// <param name="What">What is wrong.</param>
/// <param name="Why">Why that is wrong; may be empty.</param>
/// <param name="Next">What to do next.</param>
public sealed record MistakeDocument(string? File, int Line, int Column, string What, string Why, string Next)
{
    /// <summary>The document of <paramref name="problem"/>.</summary>
    public static MistakeDocument Of(Problem problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        return new MistakeDocument(problem.Place?.File, problem.Place?.Line ?? 0, problem.Place?.Column ?? 0, problem.What, problem.Why, problem.Next);
    }
}
