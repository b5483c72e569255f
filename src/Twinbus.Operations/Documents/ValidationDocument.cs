using System.Collections.Immutable;
using Twinbus.Operations.Deploys;

namespace Twinbus.Operations.Documents;

/// <summary>What is to be said of files: <c>validate --format json</c>.</summary>
public sealed record ValidationDocument() : Document("twinbus-validation", 1)
{
    /// <summary>Whether the files are right.</summary>
    public required bool Valid { get; init; }

    /// <summary>Everything that is wrong with them.</summary>
    public required ImmutableArray<MistakeDocument> Mistakes { get; init; }

    /// <summary>What the operator should know and need not act on.</summary>
    public required ImmutableArray<MistakeDocument> Notices { get; init; }

    /// <summary>The document of <paramref name="result"/>.</summary>
    public static ValidationDocument Of(ValidationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return new ValidationDocument
        {
            Valid = result.IsValid,
            Mistakes = [.. result.Mistakes.Select(MistakeDocument.Of)],
            Notices = [.. result.Notices.Select(MistakeDocument.Of)],
        };
    }
}
