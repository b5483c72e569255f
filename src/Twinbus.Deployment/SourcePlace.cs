namespace Twinbus.Deployment;

/// <summary>A place in a file that somebody wrote.</summary>
/// <param name="File">The file as it was named on the command line or by another file.</param>
/// <param name="Line">From 1; 0 for the file as a whole.</param>
/// <param name="Column">From 1, in characters; 0 for the file as a whole.</param>
public readonly record struct SourcePlace(string File, int Line, int Column)
{
    /// <summary>The file as a whole.</summary>
    public static SourcePlace Whole(string file) => new(file, 0, 0);

    /// <inheritdoc/>
    public override string ToString() => Line == 0 ? File : $"{File}:{Line}:{Column}";
}
