namespace Twinbus.Hosts.Plans;

/// <summary>A TCP port on which something listens.</summary>
/// <param name="Address">Address in text, such as <c>127.0.0.1</c>, <c>0.0.0.0</c> or <c>::</c>.</param>
/// <param name="Port">1 to 65535.</param>
/// <param name="Process">The program's name, when it could be read.</param>
/// <param name="Unit">The Twinbus service that it belongs to, such as <c>twinbus-default-messaging</c>; null for all others.</param>
public sealed record ListeningPort(string Address, int Port, string? Process, string? Unit);
