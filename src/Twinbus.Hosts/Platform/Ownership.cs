using System.Globalization;

namespace Twinbus.Hosts.Platform;

/// <summary>Owner, group and mode of a path: how they differ, and names to ids.</summary>
internal static class Ownership
{
    /// <summary>What differs, in plain phrases.</summary>
    public static IEnumerable<string> Differences(
        PathStatus found, string owner, string group, UnixFileMode mode, Accounts accounts)
    {
        if (accounts.UserId(owner) != found.UserId)
        {
            yield return $"owner {accounts.UserName(found.UserId)} -> {owner}";
        }

        if (accounts.GroupId(group) != found.GroupId)
        {
            yield return $"group {accounts.GroupName(found.GroupId)} -> {group}";
        }

        if (found.Mode != mode)
        {
            yield return $"mode {Octal(found.Mode)} -> {Octal(mode)}";
        }
    }

    /// <summary>The ids of an owner and group that must exist by now.</summary>
    public static (uint User, uint Group) Ids(string path, string owner, string group, Accounts accounts)
    {
        var user = accounts.UserId(owner) ?? throw Unknown(path, "user", owner);
        return (user, accounts.GroupId(group) ?? throw Unknown(path, "group", group));
    }

    /// <summary>
    /// Fails when a directory above <paramref name="path"/> is a symbolic link that somebody other than root made:
    /// following it would let that user choose where root writes.
    /// </summary>
    public static void RefuseForeignLinks(string path)
    {
        for (var parent = Path.GetDirectoryName(path); !string.IsNullOrEmpty(parent) && parent != "/"; parent = Path.GetDirectoryName(parent))
        {
            if (Posix.Status(parent) is { Type: PathType.SymbolicLink, UserId: not 0 })
            {
                throw new HostException(
                    HostFailureReason.FileSystem,
                    $"{path} was not written.",
                    $"{parent} is a symbolic link that does not belong to root.",
                    $"Find out who made it (ls -l {parent}), and replace it by a directory.");
            }
        }
    }

    public static string Octal(UnixFileMode mode) => Convert.ToString((int)mode, 8).PadLeft(4, '0').ToString(CultureInfo.InvariantCulture);

    private static HostException Unknown(string path, string what, string name) => new(
        HostFailureReason.FileSystem,
        $"{path} cannot be given to {what} {name}.",
        $"The host has no {what} of that name in its own files.",
        $"Check that the plan makes {what} {name} before this path.");
}
