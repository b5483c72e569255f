using System.Collections.Immutable;
using System.Net;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Certificates;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Placement;
using Twinbus.Deployment.Ports;
using Twinbus.Deployment.Reading;
using Twinbus.Deployment.Secrets;

namespace Twinbus.Deployment.Planning;

/// <summary>A model and the secrets that its plan needs.</summary>
internal sealed record DeploymentModel(MessagingDeployment Deployment, DeploymentSecrets Secrets)
{
    /// <summary>What the choice of ports came to.</summary>
    public required InstancePorts Ports { get; init; }

    /// <summary>The certificates of instances that speak TLS, by instance.</summary>
    public ImmutableSortedDictionary<string, InstanceCertificates> Certificates { get; init; } = ImmutableSortedDictionary<string, InstanceCertificates>.Empty;
}

/// <summary>Resolves what the operator's files leave open: names, ports, user names, secrets, certificates.</summary>
internal sealed class DeploymentModelBuilder
{
    private readonly DeploymentSource source;
    private readonly PlanningContext context;
    private readonly ProblemList problems;
    private readonly string deployment;
    private readonly Dictionary<string, DeploymentHost> hosts;
    private readonly ServerVersions versions;

    public DeploymentModelBuilder(DeploymentSource source, PlanningContext context, ProblemList problems)
    {
        this.source = source;
        this.context = context;
        this.problems = problems;
        hosts = source.Hosts.ToDictionary(host => host.Name);
        versions = new ServerVersions(source, context);
        deployment = DeploymentPlanner.NameOf(context);
    }

    /// <exception cref="DeploymentException">A port is taken, or hosts have versions that make no cluster.</exception>
    public DeploymentModel Build()
    {
        (MessagingDeployment model, ImmutableArray<InstanceDraft> drafts, InstancePorts ports) = Resolve();
        problems.ThrowIfAny(DeploymentFailureReason.PortTaken);
        return new DeploymentModel(model, new SecretResolver(source.Services, model, context).Secrets(drafts)) { Ports = ports };
    }

    /// <summary>The model alone, also of backends that this version does not deploy; what is wrong is among the problems.</summary>
    public MessagingDeployment Foresee() => Resolve().Deployment;

    private (MessagingDeployment Deployment, ImmutableArray<InstanceDraft> Drafts, InstancePorts Ports) Resolve()
    {
        ImmutableArray<InstanceDraft> drafts = InstanceDraft.Of(source.Services, source.Placement, deployment);
        versions.Check(drafts, problems);
        new ServiceManagerCheck(source, context, problems).Check(drafts);
        problems.ThrowIfAny();
        InstancePorts ports = InstancePorts.Choose(drafts, context.Previous, context.Facts, problems);
        ImmutableArray<BrokerInstance> instances = [.. drafts.Select(draft => Instance(draft, ports))];
        MessagingDeployment model = new()
        {
            Name = deployment,
            Services = [.. source.Services.Select(service => Service(service, drafts, instances))],
            Instances = instances,
            Hosts = source.Hosts,
            Departed = context.Previous is { } previous ? [.. previous.Hosts.Concat(previous.Departed).Where(host => HasLeft(host) && !source.Request.Forgotten.Contains(host.Name)).DistinctBy(host => host.Name)] : [],
            EnvironmentFiles = [.. source.Request.Environments.Select(Path.GetFullPath)],
            RolesFile = source.Request.Roles is { } roles ? Path.GetFullPath(roles) : null,
            InventoryFile = source.Request.Inventory is { } inventory ? Path.GetFullPath(inventory) : null,
            Parameters = ParameterList.Of(source.Services, drafts, ports),
        };
        return (model, drafts, ports);
    }

    private BrokerInstance Instance(InstanceDraft draft, InstancePorts ports)
    {
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
                    NodeName = draft.Backend.Nodes?.NodeName(draft.FullName, host) ?? host,
                    ListenAddress = bind.Length > 0 ? bind : AddressOf(HostOf(host)),
                }),
            ],
            Seed = draft.Before(context.Previous)?.Seed is { } seed && draft.Hosts.Contains(seed) ? seed : draft.Hosts[0],
            ServerVersion = versions.Oldest(draft),
            Ports = ports.Of(draft),
            Tls = TlsParameters.Read(draft.Owner.Parameters),
            Software = SoftwareOf(draft),
            ServiceManager = ServerParameters.ReadManager(draft.Owner.Parameters),
            Settings = draft.Owner.Parameters.Values
                .Where(parameter => parameter.Key.StartsWith(draft.Backend.Capabilities.ParameterPrefix, StringComparison.Ordinal) && !parameter.Value.Definition.Hidden
                    && !new ServerParameters(draft.Backend.Capabilities.ParameterPrefix).Include(parameter.Key))
                .ToImmutableSortedDictionary(parameter => parameter.Key, parameter => Resolved(draft, parameter.Key, parameter.Value.Text), StringComparer.Ordinal),
        };
    }

    // A broker listens on an address; a host that is known by a name only has it listen on all of them.
    // A host under another name is the same host: nothing of it may be removed.
    private bool HasLeft(DeploymentHost host) =>
        source.Hosts.All(other => other.Name != host.Name && other.Address != host.Address && !(other.IsLocal && host.IsLocal));

    private string Resolved(InstanceDraft draft, string setting, string value) =>
        draft.Backend.Nodes?.Resolve(setting, value, draft.Hosts.Length, versions.Oldest(draft), draft.Before(context.Previous)?.Settings.GetValueOrDefault(setting)) ?? value;

    private static ServerSoftware SoftwareOf(InstanceDraft draft) => new ServerParameters(draft.Backend.Capabilities.ParameterPrefix).Read(draft.Owner.Parameters);

    private static string AddressOf(DeploymentHost host) => IPAddress.TryParse(host.Address, out _) ? host.Address : "0.0.0.0";

    private MessagingService Service(ServiceDraft service, ImmutableArray<InstanceDraft> drafts, ImmutableArray<BrokerInstance> instances)
    {
        if (service.Backend?.AddressOf(service) is { } address)
        {
            return External(service, address);
        }

        ServiceDraft owner = service.File.Shares is { } name ? source.Services.First(other => other.Name == name) : service;
        BrokerInstance instance = instances[drafts.Index().First(draft => draft.Item.Owner.Name == owner.Name).Index];
        BackendCapabilities capabilities = owner.Backend!.Capabilities;
        string virtualHost = service.Parameters.Text("VirtualHost");
        return new MessagingService
        {
            Name = service.Name,
            Kind = service.Kind,
            Backend = instance.Backend,
            Transport = capabilities.Transport,
            Instance = instance.Name,
            Endpoints = [.. instance.Nodes.Select((node, index) => new MessagingEndpoint(owner.ClientName(HostOf(node.Host), index), instance.Ports[PortPurpose.Client]))],
            VirtualHost = !capabilities.HasVirtualHosts ? null : virtualHost.Length > 0 ? virtualHost : owner.Parameters.Text("VirtualHost"),
            UserName = capabilities.Login is LoginForm.UserAndPassword ? service.Parameters.Text("UserName") : null,
            PasswordName = capabilities.Authenticates ? PasswordName(service, owner) : null,
            Tls = CertificateResolver.ClientTlsOf(instance, context.DeploymentDirectory),
            HealthTimeoutSeconds = service.Parameters.Number("HealthTimeout"),
            OsloMessagingRelease = owner.Parameters.Text("OsloMessagingRelease") is { Length: > 0 } release ? release : null,
        };
    }

    private static MessagingService External(ServiceDraft service, ExternalAddress address) => new()
    {
        Name = service.Name,
        Kind = service.Kind,
        Backend = service.Backend!.Capabilities.Name,
        Transport = address.Transport,
        Endpoints = address.Endpoints,
        VirtualHost = address.VirtualHost,
        UserName = address.UserName,
        PasswordName = address.Password is null ? null : service.Parameters["Password"].Name,
        Tls = address.UseTls
            ? new ClientTls
            {
                CaFile = TlsParameters.PathOf(service.Parameters, TlsParameters.Authority),
                CertificateFile = TlsParameters.PathOf(service.Parameters, TlsParameters.ClientCertificate),
                KeyFile = TlsParameters.PathOf(service.Parameters, TlsParameters.ClientKey),
            }
            : null,
        Query = address.Query,
        HealthTimeoutSeconds = service.Parameters.Number("HealthTimeout"),
        OsloMessagingRelease = service.Parameters.Text("OsloMessagingRelease") is { Length: > 0 } release ? release : null,
    };

    // One user on one broker has one password, whichever service's parameter gives it.
    private static string PasswordName(ServiceDraft service, ServiceDraft owner)
    {
        bool isOwnersUser = service.Parameters.Text("UserName") == owner.Parameters.Text("UserName");
        return (isOwnersUser ? owner : service).Parameters["Password"].Name;
    }

    private DeploymentHost HostOf(string name) => hosts[name];
}
