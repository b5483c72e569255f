using System.Collections.Immutable;

namespace Twinbus.Deployment.Reading;

/// <summary>Collects problems, so that one run shows all there is to mend, and notices, which stop nothing.</summary>
internal sealed class ProblemList
{
    // A file of garbage must not print a book.
    private const int Most = 200;

    private readonly List<Problem> problems = [];
    private readonly List<Problem> notices = [];

    public bool IsEmpty => problems.Count == 0;

    public int Count => problems.Count;

    public ImmutableArray<Problem> Notices => [.. notices];

    public void Add(SourcePlace? place, string what, string why, string next)
    {
        if (problems.Count < Most)
        {
            problems.Add(new Problem(what, why, next) { Place = place });
        }
    }

    public void Notice(SourcePlace? place, string what, string why, string next) =>
        notices.Add(new Problem(what, why, next) { Place = place });

    /// <summary>Ends the reading when anything is wrong; problems come out file by file, from top to bottom.</summary>
    /// <exception cref="DeploymentException">Something is.</exception>
    public void ThrowIfAny(DeploymentFailureReason reason = DeploymentFailureReason.InvalidInput)
    {
        if (problems.Count > 0)
        {
            List<string> files = [.. problems.Select(problem => problem.Place?.File ?? "").Distinct()];
            throw new DeploymentException(
                reason,
                [.. problems.Distinct()
                    .OrderBy(problem => files.IndexOf(problem.Place?.File ?? ""))
                    .ThenBy(problem => problem.Place?.Line)
                    .ThenBy(problem => problem.Place?.Column)]);
        }
    }
}
