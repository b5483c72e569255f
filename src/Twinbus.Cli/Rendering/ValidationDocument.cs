using System.Collections.Immutable;
using Twinbus.Deployment;

namespace Twinbus.Cli.Rendering;

/// <summary>What <c>validate --format json</c> prints.</summary>
internal sealed record ValidationDocument(bool Valid, ImmutableArray<MistakeDocument> Mistakes, ImmutableArray<MistakeDocument> Notices)
{
    public static ValidationDocument Of(ImmutableArray<Problem> mistakes, ImmutableArray<Problem> notices) =>
        new(mistakes.IsEmpty, [.. mistakes.Select(MistakeDocument.Of)], [.. notices.Select(MistakeDocument.Of)]);
}

/// <summary>One mistake and its place; line and column count from 1 and are 0 for a file as a whole.</summary>
internal sealed record MistakeDocument(string? File, int Line, int Column, string What, string Why, string Next)
{
    public static MistakeDocument Of(Problem problem) =>
        new(problem.Place?.File, problem.Place?.Line ?? 0, problem.Place?.Column ?? 0, problem.What, problem.Why, problem.Next);
}
