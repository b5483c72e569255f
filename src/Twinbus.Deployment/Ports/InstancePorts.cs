using System.Collections.Immutable;
using System.Globalization;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Placement;
using Twinbus.Deployment.Reading;
using Twinbus.Hosts.Kinds.Ports;
using Twinbus.Hosts.Plans;

namespace Twinbus.Deployment.Ports;

/// <summary>The ports of all instances: what they want, against what is taken on their hosts.</summary>
internal sealed class InstancePorts
{
    private readonly ILookup<string, (PortRequest Request, int Port)> byInstance;

    private readonly ILookup<string, (int Port, string Unit)> consulted;

    private InstancePorts(ImmutableArray<(PortRequest Request, int Port)> all, IEnumerable<(string Host, int Port, string Unit)> consulted)
    {
        byInstance = all.ToLookup(pair => pair.Request.Instance);
        this.consulted = consulted.ToLookup(port => port.Host, port => (port.Port, port.Unit));
    }

    /// <summary>No ports yet.</summary>
    public static InstancePorts None { get; } = new([], []);

    /// <summary>A port for each requirement; one that cannot be met is among the problems, and is then as it was wanted.</summary>
    public static InstancePorts Choose(
        ImmutableArray<InstanceDraft> drafts, MessagingDeployment? previous, IReadOnlyDictionary<string, HostFacts> facts, ProblemList problems)
    {
        ImmutableArray<PortRequest> requests = [.. drafts.SelectMany(draft => Requests(draft, previous))];
        PortAllocator allocator = new(Taken(facts), problems);
        ImmutableArray<int> ports = allocator.Allocate(requests);
        return new InstancePorts([.. requests.Zip(ports)], allocator.Consulted);
    }

    /// <summary>The ports of <paramref name="draft"/> by purpose.</summary>
    public ImmutableSortedDictionary<string, int> Of(InstanceDraft draft)
    {
        ImmutableSortedDictionary<string, int>.Builder numbers = ImmutableSortedDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        foreach ((PortRequest request, int port) in byInstance[draft.FullName])
        {
            numbers[request.Purpose] = port;
            if (request.LastPurpose is { } last)
            {
                numbers[last] = port + request.Count - 1;
            }
        }

        return numbers.ToImmutable();
    }

    /// <summary>What <paramref name="instance"/> has on each of its hosts, whether it runs or not.</summary>
    public PortReservationResource Reservation(BrokerInstance instance) => new()
    {
        Unit = instance.Paths.Unit,
        Ports = [.. byInstance[instance.FullName].Select(pair => new PortRange(pair.Port, pair.Port + pair.Request.Count - 1)).OrderBy(ports => ports.First)],
    };

    /// <summary>The ports of <paramref name="host"/> that the choice depended on, and the service that each was for.</summary>
    public IEnumerable<(int Port, string Unit)> Consulted(string host) => consulted[host];

    /// <summary>The port that <paramref name="parameter"/> of <paramref name="draft"/> came to, when that is not what it says.</summary>
    public int? Instead(InstanceDraft draft, string parameter) => byInstance[draft.FullName]
        .Where(pair => pair.Request.Parameter == parameter && pair.Request.Wanted != pair.Port)
        .Select(pair => (int?)pair.Port)
        .FirstOrDefault();

    private static IEnumerable<PortRequest> Requests(InstanceDraft draft, MessagingDeployment? previous)
    {
        BrokerInstance? before = previous?.Instances.FirstOrDefault(instance => instance.Name == draft.Name && instance.Backend == draft.Backend.Capabilities.Name);
        foreach (PortRequirement requirement in draft.Backend.Ports)
        {
            ParameterValue parameter = draft.Owner.Parameters[requirement.Parameter];
            bool isTls = requirement.Purpose == PortPurpose.Client && draft.Owner.Parameters.Flag(TlsParameters.UseTls);
            int chosen = int.Parse(parameter.Text, CultureInfo.InvariantCulture);
            int wanted = isTls && !parameter.IsSet && requirement.Usual is { } usual && chosen == usual.Plain ? usual.Tls : chosen;

            // A client that is not told of TLS must not find the port that it knows, with another protocol on it.
            bool isSameProtocol = requirement.Purpose != PortPurpose.Client || isTls == before?.Tls is not null;
            int? kept = isSameProtocol && before?.Ports.TryGetValue(requirement.Purpose, out int port) is true ? port : null;
            yield return new PortRequest
            {
                Instance = draft.FullName,
                Called = draft.Name,
                Unit = new InstancePaths(draft.FullName).Unit,
                Purpose = requirement.Purpose,
                LastPurpose = requirement.LastPurpose,
                IsBrief = requirement.IsBrief,
                Parameter = parameter.Name,
                Wanted = wanted,
                Count = requirement.Count,
                SetAt = parameter.IsSet ? parameter.Place : null,
                Kept = parameter.IsSet ? null : kept,
                WasDeployed = kept is not null && (!parameter.IsSet || kept == wanted),
                Hosts = draft.Hosts,
            };
        }
    }

    private static ImmutableDictionary<string, ImmutableArray<TakenPort>> Taken(IReadOnlyDictionary<string, HostFacts> all) => all.ToImmutableDictionary(
        facts => facts.Key,
        facts => (ImmutableArray<TakenPort>)
        [
            .. facts.Value.Listening.Select(port => new TakenPort(new PortRange(port.Port, port.Port), port.Unit, Owner(port))),
            .. facts.Value.Reserved.Select(reserved => new TakenPort(reserved.Ports, reserved.Unit, null) { Deployment = reserved.Deployment }),
        ]);

    private static string? Owner(ListeningPort port) => (port.Unit, port.Process) switch
    {
        ({ } unit, _) => $"the Twinbus service {unit}",
        (_, { } process) => $"the program {process}",
        _ => null,
    };
}
