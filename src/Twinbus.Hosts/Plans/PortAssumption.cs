namespace Twinbus.Hosts.Plans;

/// <summary>A port that was looked at when a plan was made.</summary>
/// <param name="Port">1 to 65535.</param>
/// <param name="Unit">The service that it was for; its own listening does not count.</param>
/// <param name="IsTaken">Whether somebody else had it.</param>
public sealed record PortAssumption(int Port, string Unit, bool IsTaken);
