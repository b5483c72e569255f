using System.Collections.Immutable;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Reading;

namespace Twinbus.Operations.Deploys;

/// <summary>What files say, parameter by parameter.</summary>
/// <param name="Parameters">Every parameter of the messaging services with its value and origin, in name order.</param>
/// <param name="Ignored">What the files say that does not concern messaging.</param>
public sealed record ParametersResult(ImmutableArray<ResolvedParameter> Parameters, ImmutableArray<IgnoredEntry> Ignored);
