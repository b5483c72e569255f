using Twinbus.Hosts.Plans;

namespace Twinbus.Hosts.Running;

/// <summary>A resource that was changed, or would be.</summary>
/// <param name="Host">The host's inventory name.</param>
/// <param name="Kind">The resource's kind.</param>
/// <param name="Name">The resource's name.</param>
/// <param name="Action">What was or would be done; never <see cref="ResourceAction.None"/>.</param>
/// <param name="Detail">What differs, in a plain phrase.</param>
public sealed record ResourceChange(string Host, string Kind, string Name, ResourceAction Action, string Detail);
