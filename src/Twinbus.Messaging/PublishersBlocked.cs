namespace Twinbus.Messaging;

/// <summary>A broker takes no messages from anybody for now, or takes them again.</summary>
/// <param name="Endpoint">The broker's address, without credentials.</param>
/// <param name="Reason">Why, such as <c>memory alarm (low on memory)</c>; null when it takes messages again.</param>
public sealed record PublishersBlocked(string Endpoint, string? Reason);
