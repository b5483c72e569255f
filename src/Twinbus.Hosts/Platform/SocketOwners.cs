using System.Globalization;
using System.Text;

namespace Twinbus.Hosts.Platform;

/// <summary>Which process holds which socket, as far as this user may see.</summary>
internal sealed class SocketOwners
{
    private readonly Dictionary<ulong, int> processes = [];

    public static SocketOwners Read()
    {
        var owners = new SocketOwners();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var processId))
            {
                owners.Add(processId, directory);
            }
        }

        return owners;
    }

    public SocketOwner? Of(ListeningSocket socket)
    {
        if (!processes.TryGetValue(socket.Inode, out var processId) || ProcessTable.NameOf(processId) is not { } name)
        {
            return null;
        }

        return new SocketOwner(processId, name, Unit(processId));
    }

    private void Add(int processId, string directory)
    {
        try
        {
            foreach (var descriptor in new DirectoryInfo(directory + "/fd").EnumerateFileSystemInfos())
            {
                // The link reads "socket:[12345]".
                if (descriptor.LinkTarget is { } target && target.StartsWith("socket:[", StringComparison.Ordinal)
                    && ulong.TryParse(target.AsSpan(8, target.Length - 9), CultureInfo.InvariantCulture, out var inode))
                {
                    processes.TryAdd(inode, processId);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Ended meanwhile, or another user's: it stays without a name.
        }
    }

    private static string? Unit(int processId)
    {
        try
        {
            var mark = ProcessTable.ServiceMark + "=";
            return Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{processId}/environ")).Split('\0')
                .FirstOrDefault(v => v.StartsWith(mark, StringComparison.Ordinal))?[mark.Length..];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
