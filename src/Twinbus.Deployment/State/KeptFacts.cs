using System.Collections.Immutable;
using Twinbus.Hosts.Running;

namespace Twinbus.Deployment.State;

/// <summary>What facts.json holds.</summary>
internal sealed record KeptFacts(string Format, int Version, ImmutableSortedDictionary<string, HostFacts> Hosts);
