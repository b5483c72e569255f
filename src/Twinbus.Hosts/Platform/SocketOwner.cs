namespace Twinbus.Hosts.Platform;

/// <summary>A process that listens.</summary>
/// <param name="ProcessId">Its id.</param>
/// <param name="Name">Its program's name.</param>
/// <param name="Unit">The Twinbus service that it belongs to, if it does.</param>
internal sealed record SocketOwner(int ProcessId, string Name, string? Unit);
