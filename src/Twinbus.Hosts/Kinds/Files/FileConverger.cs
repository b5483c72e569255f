using System.Text;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Kinds.Files;

internal sealed class FileConverger : Converger<FileResource>
{
    // A configuration file is small; what is larger than this is not one, and is not read into memory to be compared.
    private const int LargestRead = 16 * 1024 * 1024;

    public override ValueTask<Outcome> RemoveAsync(LedgerEntry entry, ConvergenceContext context, CancellationToken cancellationToken)
    {
        if (Posix.Status(entry.Name) is null or { Type: PathType.Directory })
        {
            return ValueTask.FromResult(Outcome.UpToDate);
        }

        File.Delete(entry.Name);
        return ValueTask.FromResult(Outcome.Delete());
    }

    protected override async ValueTask<Outcome> ReadAsync(
        FileResource resource, ConvergenceContext context, CancellationToken cancellationToken)
    {
        Ownership.RefuseForeignLinks(resource.Path);
        var found = Posix.Status(resource.Path);
        switch (found?.Type)
        {
            case null:
                return Outcome.Create();
            case PathType.SymbolicLink:
                return Outcome.Change("a symbolic link -> a file");
            case PathType.Directory or PathType.Other:
                throw new HostException(
                    HostFailureReason.FileSystem,
                    $"{resource.Path} cannot be made a file.",
                    "Something else has that name: a directory or a device.",
                    $"Look at it (ls -ld {resource.Path}) and move it away.");
        }

        var differences = new List<string>();
        var content = await ReadContentAsync(resource.Path, cancellationToken).ConfigureAwait(false);
        if (content is null || !content.AsSpan().SequenceEqual(Content(resource)))
        {
            // Not even a count of lines is told of a secret.
            differences.Add(resource.SecretContent is null ? TextDifference.Describe(content, resource.Content!) : "content differs");
        }

        IReadOnlyList<string> ownership = [.. Ownership.Differences(found.Value, resource.Owner, resource.Group, resource.Mode, context.Accounts)];
        differences.AddRange(ownership);
        return Outcome.Of(differences) with { Seen = differences.Count == 0 ? null : $"{Seen(resource, content)}, {string.Join(", ", ownership)}" };
    }

    // A sum of a weak password would tell it to whoever tries; when the file was written tells as well whether it moved on.
    private static string Seen(FileResource resource, byte[]? content) => resource.SecretContent is null && content is not null
        ? ContentHash.Of(content)
        : $"written {File.GetLastWriteTimeUtc(resource.Path).Ticks}";

    protected override ValueTask<Outcome> ChangeAsync(
        FileResource resource, Outcome found, ConvergenceContext context, CancellationToken cancellationToken)
    {
        var owner = Ownership.Ids(resource.Path, resource.Owner, resource.Group, context.Accounts);
        WholeFile.Write(resource.Path, Content(resource), owner, resource.Mode);
        return ValueTask.FromResult(found);
    }

    protected override LedgerEntry Remember(FileResource resource) => new(resource.Kind, resource.Name);

    /// <summary>The bytes that the file shall hold.</summary>
    internal static byte[] Content(FileResource resource) => Encoding.UTF8.GetBytes((resource.Content, resource.SecretContent) switch
    {
        ({ } text, null) => text,
        (null, { } secret) => secret.Reveal(),
        _ => throw new HostException(
            HostFailureReason.Protocol,
            $"{resource.Path} was not written.",
            "The plan gives it two contents, or none.",
            "This is an error in Twinbus; please report it."),
    });

    private static async Task<byte[]?> ReadContentAsync(string path, CancellationToken cancellationToken)
    {
        using var handle = Posix.OpenForReading(path);
        var length = RandomAccess.GetLength(handle);
        if (length > LargestRead)
        {
            return null;
        }

        var content = new byte[length];
        var read = 0;
        while (read < content.Length
            && await RandomAccess.ReadAsync(handle, content.AsMemory(read), read, cancellationToken).ConfigureAwait(false) is > 0 and var count)
        {
            read += count;
        }

        return content[..read];
    }
}
