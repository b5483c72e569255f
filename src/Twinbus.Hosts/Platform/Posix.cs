using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Twinbus.Hosts.Platform;

/// <summary>The system calls that .NET does not offer: owners, links that are not followed, directories on disk and locked, signals.</summary>
internal static partial class Posix
{
    public const int SignalKill = 9;
    public const int SignalUser1 = 10;
    public const int SignalTerminate = 15;

    private const int NoFollow = 0x100;
    private const int CurrentDirectory = -100;
    private const uint BasicStatus = 0x7ff;
    private const int NoEntry = 2;
    private const int NoProcess = 3;
    private const int WouldBlock = 11;
    private const int NotDirectory = 20;

    public static bool IsRoot => EffectiveUserId == 0;

    public static uint EffectiveUserId => GetEffectiveUserId();

    /// <summary>What is at <paramref name="path"/>, or null when nothing is.</summary>
    public static PathStatus? Status(string path)
    {
        if (StatusOf(CurrentDirectory, path, NoFollow, BasicStatus, out var status) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            return error is NoEntry or NotDirectory ? null : throw Failure(error, path);
        }

        var type = (status.Mode & 0xF000) switch
        {
            0x8000 => PathType.File,
            0x4000 => PathType.Directory,
            0xA000 => PathType.SymbolicLink,
            _ => PathType.Other,
        };
        return new PathStatus(status.UserId, status.GroupId, (UnixFileMode)(status.Mode & 0xFFF), type);
    }

    /// <summary>Opens a file for reading; fails on a symbolic link and does not wait on a pipe.</summary>
    public static SafeFileHandle OpenForReading(string path) => OpenChecked(path, directory: false);

    /// <summary>Sets owner, group and mode of a directory or file, never through a symbolic link.</summary>
    public static void SetOwnerAndMode(string path, bool directory, uint userId, uint groupId, UnixFileMode mode)
    {
        using var handle = OpenChecked(path, directory);
        SetOwnerAndMode(handle, path, userId, groupId, mode);
    }

    /// <summary>Sets owner, group and mode of what is open. The owner comes first: a change of owner clears the set-id bits.</summary>
    public static void SetOwnerAndMode(SafeFileHandle handle, string path, uint userId, uint groupId, UnixFileMode mode)
    {
        if (ChangeOwner(handle, userId, groupId) != 0)
        {
            throw Failure(Marshal.GetLastPInvokeError(), path);
        }

        File.SetUnixFileMode(handle, mode);
    }

    /// <summary>Makes the entries of a directory survive a power cut.</summary>
    public static void FlushDirectory(string path)
    {
        using var handle = OpenChecked(path, directory: true);
        if (Flush(handle) != 0)
        {
            throw Failure(Marshal.GetLastPInvokeError(), path);
        }
    }

    /// <summary>Locks a directory against others who do so, for as long as the result lives; null when it is locked already.</summary>
    public static SafeFileHandle? TryLockDirectory(string path)
    {
        const int exclusiveAtOnce = 2 | 4;
        var handle = OpenChecked(path, directory: true);
        if (Lock(handle, exclusiveAtOnce) == 0)
        {
            return handle;
        }

        var error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        return error == WouldBlock ? null : throw Failure(error, path);
    }

    /// <summary>Sends a signal; a process that is gone already is no error.</summary>
    public static void Signal(int processId, int signal)
    {
        if (Kill(processId, signal) != 0 && Marshal.GetLastPInvokeError() is var error and not NoProcess)
        {
            throw Failure(error, $"process {processId}");
        }
    }

    private static SafeFileHandle OpenChecked(string path, bool directory)
    {
        // O_DIRECTORY and O_NOFOLLOW have other values on ARM than elsewhere.
        var arm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;
        var noFollow = arm ? 0x8000 : 0x20000;
        var onlyDirectory = arm ? 0x4000 : 0x10000;
        const int nonBlocking = 0x800;
        const int closeOnExecute = 0x80000;
        var handle = Open(path, noFollow | nonBlocking | closeOnExecute | (directory ? onlyDirectory : 0));
        return handle.IsInvalid ? throw Failure(Marshal.GetLastPInvokeError(), path) : handle;
    }

    private static IOException Failure(int error, string subject) =>
        new($"{subject}: {new Win32Exception(error).Message}", error);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatusOf(int directory, string path, int flags, uint mask, out ExtendedStatus status);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int ChangeOwner(SafeFileHandle handle, uint userId, uint groupId);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle handle, int operation);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);

    /// <summary>The kernel's <c>struct statx</c>, which is the same on all processors; only what is used is named.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct ExtendedStatus
    {
        [FieldOffset(20)]
        public uint UserId;

        [FieldOffset(24)]
        public uint GroupId;

        [FieldOffset(28)]
        public ushort Mode;
    }
}
