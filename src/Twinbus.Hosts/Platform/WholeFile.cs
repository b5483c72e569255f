using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Twinbus.Hosts.Platform;

/// <summary>Writes a file whole or not at all: temporary file beside it, fsync, rename, fsync of the directory.</summary>
internal static class WholeFile
{
    public const UnixFileMode RootOnlyDirectory = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Replaces what is at <paramref name="path"/>; a symbolic link there is replaced, not followed.</summary>
    /// <param name="path">Absolute path in a directory that exists.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="owner">User and group id; null keeps those of this process.</param>
    /// <param name="mode">Permission bits, set before the name is.</param>
    public static void Write(string path, ReadOnlySpan<byte> content, (uint User, uint Group)? owner, UnixFileMode mode)
    {
        var directory = Path.GetDirectoryName(path)!;
        var temporary = Path.Combine(directory, $".{Path.GetFileName(path)}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}");
        try
        {
            using (var file = new FileStream(temporary, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = Private,
            }))
            {
                file.Write(content);
                file.Flush();
                SetOwner(file.SafeFileHandle, temporary, owner, mode);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            Posix.FlushDirectory(directory);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static void SetOwner(SafeFileHandle file, string path, (uint User, uint Group)? owner, UnixFileMode mode)
    {
        if (owner is var (user, group))
        {
            Posix.SetOwnerAndMode(file, path, user, group, mode);
        }
        else
        {
            File.SetUnixFileMode(file, mode);
        }
    }
}
