using System.Collections.Immutable;
using Twinbus.Deployment;

namespace Twinbus.Operations.Deploys;

/// <summary>What is to be said of files.</summary>
/// <param name="Mistakes">Everything that is wrong with them; none when they are right.</param>
/// <param name="Notices">What the operator should know and need not act on.</param>
public sealed record ValidationResult(ImmutableArray<Problem> Mistakes, ImmutableArray<Problem> Notices)
{
    /// <summary>Whether the files are right.</summary>
    public bool IsValid => Mistakes.IsEmpty;
}
