namespace Twinbus.Hosts.Platform;

/// <summary>What Linux says of a path without following a symbolic link at its end.</summary>
internal readonly record struct PathStatus(uint UserId, uint GroupId, UnixFileMode Mode, PathType Type);

internal enum PathType
{
    File,
    Directory,
    SymbolicLink,
    Other,
}
