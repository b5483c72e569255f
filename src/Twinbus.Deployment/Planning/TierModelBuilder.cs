using System.Collections.Immutable;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Certificates;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Secrets;
using Twinbus.Deployment.Templates;
using Twinbus.Hosts.Running;

namespace Twinbus.Deployment.Planning;

/// <summary>A model and the secrets that its plan needs.</summary>
internal sealed record TierModel(MessagingTier Tier, DeploymentSecrets Secrets)
{
    /// <summary>The certificates of instances that speak TLS, by instance.</summary>
    public ImmutableSortedDictionary<string, InstanceCertificates> Certificates { get; init; } = ImmutableSortedDictionary<string, InstanceCertificates>.Empty;
}

/// <summary>Settles what the given files leave open: names, ports, user names, secrets.</summary>
internal sealed class TierModelBuilder
{
    // What everybody expects where 5672 speaks TLS (amqps).
    private const int TlsPort = 5671;

    private readonly TierSource source;
    private readonly PlanningContext context;
    private readonly ProblemList problems;
    private readonly string deployment;

    public TierModelBuilder(TierSource source, PlanningContext context, ProblemList problems)
    {
        this.source = source;
        this.context = context;
        this.problems = problems;
        deployment = context.Previous?.Deployment
            ?? (context.IsDefaultDirectory ? "default" : DeploymentName.Of(context.DeploymentDirectory));
    }

    /// <exception cref="DeploymentException">A port is taken.</exception>
    public TierModel Build()
    {
        ImmutableArray<InstanceDraft> drafts = [.. source.Services.Where(service => service.Backend is not null).Select(Draft)];
        ImmutableArray<PortRequest> requests = [.. drafts.SelectMany(Requests)];
        ImmutableArray<int> ports = new PortAllocator(Taken(), problems).Allocate(requests);
        ThrowIfTaken();
        ImmutableArray<BrokerInstance> instances = [.. drafts.Select(draft => Instance(draft, requests, ports))];
        ImmutableArray<MessagingService> services = [.. source.Services.Select(service => Service(service, instances, drafts))];
        MessagingTier tier = new()
        {
            Deployment = deployment,
            Services = services,
            Instances = instances,
            Hosts = [.. source.Hosts.Where(host => instances.Any(instance => instance.Nodes.Any(node => node.Host == host.Name)))],
            EnvironmentFiles = [.. source.Request.Environments.Select(Path.GetFullPath)],
            RolesFile = source.Request.Roles is { } roles ? Path.GetFullPath(roles) : null,
            InventoryFile = source.Request.Inventory is { } inventory ? Path.GetFullPath(inventory) : null,
            Parameters = Parameters(requests, ports),
        };
        return new TierModel(tier, new SecretKeeper(source.Services, tier, context).Secrets(drafts));
    }

    private InstanceDraft Draft(ServiceDraft owner)
    {
        string name = source.Services.Any(service => service.File.Shares == owner.Name) ? "messaging" : owner.Name;
        return new InstanceDraft(name, DeploymentName.OfInstance(deployment, name), owner, source.Placement[owner.Name]);
    }

    private IEnumerable<PortRequest> Requests(InstanceDraft draft)
    {
        BrokerInstance? before = context.Previous?.Instances.FirstOrDefault(instance => instance.Name == draft.Name && instance.Backend == draft.Backend.Capabilities.Name);
        foreach (PortWish wish in draft.Backend.Ports)
        {
            ParameterValue parameter = draft.Owner.Parameters[wish.Parameter];
            bool isTls = wish.Purpose == PortPurpose.Client && TlsParameters.Read(draft.Owner.Parameters) is not null;
            int wanted = isTls && !parameter.IsGiven ? TlsPort : int.Parse(parameter.Text);

            // A client that is not told of TLS must not find the port that it knows, with another protocol on it.
            bool isSameProtocol = wish.Purpose != PortPurpose.Client || isTls == before?.Tls is not null;
            int? kept = isSameProtocol && before?.Ports.TryGetValue(wish.Purpose, out int port) is true ? port : null;
            yield return new PortRequest
            {
                Instance = draft.FullName,
                Unit = new InstancePaths(draft.FullName).Unit,
                Purpose = wish.Purpose,
                LastPurpose = wish.LastPurpose,
                IsBrief = wish.IsBrief,
                Parameter = parameter.Name,
                Wanted = wanted,
                Count = wish.Count,
                Given = parameter.IsGiven ? parameter.Place : null,
                Kept = parameter.IsGiven ? null : kept,
                WasDeployed = kept is not null && (!parameter.IsGiven || kept == wanted),
                Hosts = draft.Hosts,
            };
        }
    }

    private ImmutableDictionary<string, ImmutableArray<TakenPort>> Taken() => context.Facts.ToImmutableDictionary(
        facts => facts.Key,
        facts => (ImmutableArray<TakenPort>)[.. facts.Value.Listening.Select(port => new TakenPort(port.Port, port.Unit, Owner(port)))]);

    private static string? Owner(ListeningPort port) => (port.Unit, port.Process) switch
    {
        ({ } unit, _) => $"the Twinbus service {unit}",
        (_, { } process) => $"the program {process}",
        _ => null,
    };

    private void ThrowIfTaken()
    {
        try
        {
            problems.ThrowIfAny();
        }
        catch (DeploymentException e)
        {
            throw new DeploymentException(DeploymentFailureReason.PortTaken, e.Problems);
        }
    }

    private BrokerInstance Instance(InstanceDraft draft, ImmutableArray<PortRequest> requests, ImmutableArray<int> ports)
    {
        bool isAlone = draft.Hosts.Length == 1;
        string bind = draft.Owner.Parameters.Text("BindAddress");
        return new BrokerInstance
        {
            Name = draft.Name,
            FullName = draft.FullName,
            Backend = draft.Backend.Capabilities.Name,
            Nodes =
            [
                .. draft.Hosts.Select(host => new BrokerNode
                {
                    Host = host,
                    NodeName = draft.Backend.NodeName(draft.FullName, host, isAlone),
                    ListenAddress = bind.Length > 0 ? bind : HostOf(host).Address,
                }),
            ],
            Ports = Numbers(draft, requests, ports),
            Tls = TlsParameters.Read(draft.Owner.Parameters),
            Settings = draft.Owner.Parameters.Values
                .Where(parameter => !parameter.Value.Definition.IsPerService && !parameter.Value.Definition.Hidden)
                .ToImmutableSortedDictionary(parameter => parameter.Key, parameter => parameter.Value.Text, StringComparer.Ordinal),
        };
    }

    private static ImmutableSortedDictionary<string, int> Numbers(InstanceDraft draft, ImmutableArray<PortRequest> requests, ImmutableArray<int> ports)
    {
        ImmutableSortedDictionary<string, int>.Builder numbers = ImmutableSortedDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        foreach ((PortRequest request, int port) in requests.Zip(ports).Where(pair => pair.First.Instance == draft.FullName))
        {
            numbers[request.Purpose] = port;
            if (request.LastPurpose is { } last)
            {
                numbers[last] = port + request.Count - 1;
            }
        }

        return numbers.ToImmutable();
    }

    private MessagingService Service(ServiceDraft service, ImmutableArray<BrokerInstance> instances, ImmutableArray<InstanceDraft> drafts)
    {
        ServiceDraft owner = OwnerOf(service);
        BrokerInstance instance = instances[drafts.IndexOf(drafts.First(draft => draft.Owner == owner))];
        string virtualHost = service.Parameters.Text("VirtualHost");
        return new MessagingService
        {
            Name = service.Name,
            Kind = service.Kind,
            Backend = instance.Backend,
            Transport = owner.Backend!.Capabilities.Transport,
            Instance = instance.Name,
            Endpoints = [.. instance.Nodes.Select((node, index) => new MessagingEndpoint(owner.ClientName(HostOf(node.Host), index), instance.Ports[PortPurpose.Client]))],
            VirtualHost = virtualHost.Length > 0 ? virtualHost : owner.Parameters.Text("VirtualHost"),
            UserName = service.Parameters.Text("UserName"),
            PasswordName = PasswordName(service, owner),
            Tls = CertificatePlanner.ClientTlsOf(instance, context.DeploymentDirectory),
        };
    }

    // One user on one broker has one password, whichever service's parameter gives it.
    private static string PasswordName(ServiceDraft service, ServiceDraft owner)
    {
        bool isOwnersUser = service.Parameters.Text("UserName") == owner.Parameters.Text("UserName");
        return (isOwnersUser ? owner : service).Parameters["Password"].Name;
    }

    private ServiceDraft OwnerOf(ServiceDraft service) =>
        service.File.Shares is { } name ? source.Services.First(other => other.Name == name) : service;

    private TierHost HostOf(string name) => source.Hosts.First(host => host.Name == name);

    private ImmutableArray<ResolvedParameter> Parameters(ImmutableArray<PortRequest> requests, ImmutableArray<int> ports)
    {
        Dictionary<string, int> allocated = requests.Zip(ports)
            .Where(pair => pair.First.Given is null && pair.First.Wanted != pair.Second)
            .ToDictionary(pair => $"{pair.First.Instance} {pair.First.Parameter}", pair => pair.Second);
        return
        [
            .. source.Services
                .SelectMany(service => service.Parameters.Values.Values.Select(value => Resolved(service, value, allocated)))
                .DistinctBy(parameter => parameter.Name)
                .OrderBy(parameter => parameter.Name, StringComparer.Ordinal),
        ];
    }

    private ResolvedParameter Resolved(ServiceDraft service, ParameterValue value, Dictionary<string, int> allocated)
    {
        string instance = service.Backend is null ? "" : Draft(service).FullName;
        if (allocated.TryGetValue($"{instance} {value.Name}", out int port))
        {
            return new ResolvedParameter(value.Name, port.ToString(), "allocated");
        }

        bool isGenerated = value.Definition.Hidden && value.Text.Length == 0;
        return new ResolvedParameter(
            value.Name,
            value.Definition.Hidden ? Hosts.Secret.Redacted : value.Text,
            isGenerated ? "generated" : value.Origin);
    }
}

/// <summary>An instance before its ports are known.</summary>
internal sealed record InstanceDraft(string Name, string FullName, ServiceDraft Owner, ImmutableArray<string> Hosts)
{
    public IMessagingBackend Backend => Owner.Backend!;
}
