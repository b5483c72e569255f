using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Twinbus.Deployment;

/// <summary>Writes a file so that a reader sees the old one or the new one, whatever happens meanwhile.</summary>
internal static partial class WholeFile
{
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static async Task WriteAsync(string path, ReadOnlyMemory<byte> content, UnixFileMode mode, CancellationToken cancellationToken)
    {
        string temporary = $"{path}.{Environment.ProcessId}.new";
        FileStreamOptions options = new()
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = mode,
            Options = FileOptions.Asynchronous,
        };
        try
        {
            FileStream stream = new(temporary, options);
            await using (stream.ConfigureAwait(false))
            {
                await stream.WriteAsync(content, cancellationToken).ConfigureAwait(false);
                stream.Flush(flushToDisk: true);
            }

            File.SetUnixFileMode(temporary, mode);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        FlushDirectory(System.IO.Path.GetDirectoryName(path)!);
    }

    // A rename is on disk only when its directory is; .NET opens no directories, so the C library does.
    private static void FlushDirectory(string directory)
    {
        int descriptor = Open(directory, 0);
        if (descriptor < 0)
        {
            throw new IOException($"{directory} cannot be opened (error {Marshal.GetLastPInvokeError()})");
        }

        using SafeFileHandle handle = new(descriptor, ownsHandle: true);
        if (Flush(handle) != 0)
        {
            throw new IOException($"{directory} cannot be flushed to disk (error {Marshal.GetLastPInvokeError()})");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(SafeFileHandle handle);
}
