namespace Twinbus.Deployment.Clients.Releases;

/// <summary>An option that a release of oslo.messaging reads.</summary>
/// <param name="Group">Its group in an oslo.config file, such as <c>oslo_messaging_rabbit</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Type"><c>bool</c>, <c>int</c>, <c>float</c>, <c>string</c>, <c>port</c>, <c>list</c>, <c>multi</c> (may be repeated) or <c>choice(A|B)</c>; a range stands behind, as in <c>int(1..)</c>.</param>
/// <param name="Default">Its default as text; null when it has none or one that is worked out on the host.</param>
public sealed record OsloOption(string Group, string Name, string Type, string? Default);
