using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Kinds.Directories;

internal sealed class DirectoryConverger : Converger<DirectoryResource>
{
    private const string OwnsContent = "ownsContent";

    public override bool IsShared => true;

    public override ValueTask<Outcome> RemoveAsync(LedgerEntry entry, ConvergenceContext context, CancellationToken cancellationToken)
    {
        if (Posix.Status(entry.Name) is not { Type: PathType.Directory })
        {
            return ValueTask.FromResult(Outcome.UpToDate);
        }

        var inside = Directory.EnumerateFileSystemEntries(entry.Name).Any();
        if (inside && entry[OwnsContent] is null)
        {
            return ValueTask.FromResult(new Outcome(ResourceAction.None, "kept: others have files in it"));
        }

        Directory.Delete(entry.Name, recursive: true);
        return ValueTask.FromResult(Outcome.Delete());
    }

    protected override ValueTask<Outcome> ReadAsync(DirectoryResource resource, ConvergenceContext context, CancellationToken cancellationToken)
    {
        Ownership.RefuseForeignLinks(resource.Path);
        return ValueTask.FromResult(Posix.Status(resource.Path) switch
        {
            null => Outcome.Create(),
            { Type: PathType.Directory } found => Outcome.Of(
                [.. Ownership.Differences(found, resource.Owner, resource.Group, resource.Mode, context.Accounts)]),
            _ => throw new HostException(
                HostFailureReason.FileSystem,
                $"{resource.Path} cannot be made a directory.",
                "Something else has that name: a file or a symbolic link.",
                $"Look at it (ls -l {resource.Path}) and move it away."),
        });
    }

    protected override ValueTask<Outcome> ChangeAsync(
        DirectoryResource resource, Outcome found, ConvergenceContext context, CancellationToken cancellationToken)
    {
        var (user, group) = Ownership.Ids(resource.Path, resource.Owner, resource.Group, context.Accounts);
        if (found.Action == ResourceAction.Create)
        {
            // Nobody but root may look in until the owner is set.
            Directory.CreateDirectory(resource.Path, WholeFile.RootOnlyDirectory);
        }

        Posix.SetOwnerAndMode(resource.Path, directory: true, user, group, resource.Mode);
        Posix.FlushDirectory(Path.GetDirectoryName(resource.Path)!);
        return ValueTask.FromResult(found);
    }

    protected override LedgerEntry Remember(DirectoryResource resource) =>
        resource.OwnsContent ? new LedgerEntry(resource.Kind, resource.Name).With(OwnsContent, "yes") : new LedgerEntry(resource.Kind, resource.Name);
}
