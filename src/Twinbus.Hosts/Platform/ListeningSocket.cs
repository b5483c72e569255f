using System.Net;

namespace Twinbus.Hosts.Platform;

/// <summary>A TCP socket that listens.</summary>
internal readonly record struct ListeningSocket(IPAddress Address, int Port, ulong Inode);
