using System.Collections.Immutable;
using System.Globalization;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Placement;
using Twinbus.Deployment.Ports;
using Twinbus.Deployment.Reading;
using Twinbus.Hosts;

namespace Twinbus.Deployment.Planning;

/// <summary>Every parameter of a deployment with its value and where that came from, for whoever wants to know.</summary>
internal static class ParameterList
{
    public static ImmutableArray<ResolvedParameter> Of(ImmutableArray<ServiceDraft> services, ImmutableArray<InstanceDraft> drafts, InstancePorts ports)
    {
        Dictionary<string, InstanceDraft> byOwner = drafts.ToDictionary(draft => draft.Owner.Name);
        return
        [
            .. services
                .SelectMany(service => service.Parameters.Values.Values
                    .Select(value => Resolved(service, value, byOwner.GetValueOrDefault(service.Name), ports)))
                .DistinctBy(parameter => parameter.Name)
                .OrderBy(parameter => parameter.Name, StringComparer.Ordinal),
        ];
    }

    private static ResolvedParameter Resolved(ServiceDraft service, ParameterValue value, InstanceDraft? draft, InstancePorts ports)
    {
        if (draft is not null && ports.Instead(draft, value.Name) is { } port)
        {
            return new ResolvedParameter(value.Name, port.ToString(CultureInfo.InvariantCulture), "allocated");
        }

        bool isAbsent = value.Text.Length == 0;
        if (value.Definition.Hidden)
        {
            bool isGenerated = isAbsent && service.Backend is not { Capabilities.IsDeployed: false };
            return new ResolvedParameter(value.Name, isAbsent && !isGenerated ? "" : Secret.Redacted, isGenerated ? "generated" : value.Origin);
        }

        return new ResolvedParameter(value.Name, value.Text, value.Origin);
    }
}
