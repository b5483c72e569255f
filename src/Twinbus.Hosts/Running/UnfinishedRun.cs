using System.Collections.Immutable;
using Twinbus.Hosts.Plans;

namespace Twinbus.Hosts.Running;

/// <summary>A run that did not come to its end: its process was killed, or the machine was.</summary>
/// <param name="Purpose">What it did, such as <c>deploy</c>.</param>
/// <param name="RunId">Its id.</param>
/// <param name="Started">When it began.</param>
/// <param name="UnderWay">The hosts that were in a stage, with that stage.</param>
public sealed record UnfinishedRun(string Purpose, string RunId, DateTimeOffset Started, ImmutableSortedDictionary<string, Stage> UnderWay);
