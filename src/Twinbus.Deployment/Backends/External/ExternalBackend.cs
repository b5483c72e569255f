using System.Collections.Immutable;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;
using Twinbus.Deployment.Reading;
using Twinbus.Hosts;
using Twinbus.Messaging;

namespace Twinbus.Deployment.Backends.External;

/// <summary>An external broker: nothing is deployed, everything else works as for one of our own.</summary>
internal sealed class ExternalBackend : IMessagingBackend
{
    private const string WholeUrl = "TransportURL";

    // Those that a whole URL says already.
    private static readonly string[] Parts = ["Transport", "Hosts", "Port", "UserName", "Password", "VirtualHost", "UseSSL"];

    public BackendCapabilities Capabilities { get; } = new()
    {
        Name = "external",
        Title = "an external broker",
        Transport = "",
        ParameterPrefix = "External",
        IsDeployed = false,
        Stores = true,
        HasVirtualHosts = true,
        Login = LoginForm.UserAndPassword,
        Character = new BackendCharacter
        {
            Kind = "whatever the transport URL names",
            Storage = "as its operator has set it up",
            Ordering = "that of its kind",
            Fanout = "that of its kind",
            DeadListener = "that of its kind",
            Ports = "those in the transport URL",
            Logs = "its operator's",
            Monitoring = "twinbus health, from outside",
            Availability = "its operator's",
        },
    };

    public ImmutableArray<string> Packages { get; } = [];

    public ImmutableArray<PortRequirement> Ports { get; } = [];

    public ImmutableArray<InstanceSecret> Secrets { get; } = [];

    public ClientOptions? ClientOptions => null;

    public INodePlanner? Nodes => null;

    public void Check(ServiceDraft service, ProblemList problems)
    {
        ParameterValue url = service.Parameters[WholeUrl];
        if (url.Text.Length == 0)
        {
            CheckParts(service, problems);
        }
        else
        {
            CheckUrl(service, url, problems);
        }

        if (AddressOf(service) is { } address)
        {
            CheckAddress(service, address, problems);
        }
    }

    public ExternalAddress? AddressOf(ServiceDraft service)
    {
        ParameterSet parameters = service.Parameters;
        if (parameters.Text(WholeUrl) is { Length: > 0 } url)
        {
            return ExternalUrl.Parse(url, service.Backends).Address;
        }

        return new ExternalAddress
        {
            Transport = parameters.Text("Transport"),
            Endpoints = [.. parameters.Items("Hosts").Select(host => ExternalUrl.Endpoint(host, parameters.Number("Port"))).OfType<MessagingEndpoint>()],
            VirtualHost = parameters.Text("VirtualHost"),
            UserName = parameters.Text("UserName") is { Length: > 0 } user ? user : null,
            Password = parameters.Text("Password") is { Length: > 0 } password ? new Secret(password) : null,
            UseTls = parameters.Flag("UseSSL"),
        };
    }

    private static void CheckUrl(ServiceDraft service, ParameterValue url, ProblemList problems)
    {
        if (ExternalUrl.Parse(url.Text, service.Backends).Fault is { } fault)
        {
            problems.Add(url.Place, $"{url.Name} is no transport URL", fault, "write scheme://user:password@host:port/virtual_host, with what is special in each part percent-encoded");
        }

        foreach (ParameterValue part in Parts.Select(name => service.Parameters[name]).Where(part => part.IsSet))
        {
            problems.Add(part.Place, $"{part.Name} beside {url.Name}", "the URL says it already", "give the URL or its parts");
        }
    }

    private static void CheckParts(ServiceDraft service, ProblemList problems)
    {
        ParameterSet parameters = service.Parameters;
        if (parameters.Items("Hosts").IsEmpty)
        {
            problems.Add(
                parameters["Hosts"].Place ?? service.Place,
                $"nothing says where the {service.Name} service is",
                "it is external",
                $"set {service.Prefix}TransportURL, or {service.Prefix}Hosts and the other parts");
        }

        foreach (string host in parameters.Items("Hosts").Where(host => ExternalUrl.Endpoint(host, 1) is null))
        {
            ParameterValue hosts = parameters["Hosts"];
            problems.Add(hosts.Place, $"{hosts.Name} holds '{host}'", "that is neither a host nor a host and a port", "write host or host:port, an IPv6 address with a port in brackets");
        }

        if (parameters.Text("UserName").Length > 0 && parameters.Text("Password").Length == 0)
        {
            problems.Add(
                parameters["UserName"].Place,
                $"{service.Prefix}UserName without {service.Prefix}Password",
                "none can be generated for an external broker",
                $"set {service.Prefix}Password to the password that was set there");
        }
    }

    // What carries it is known by its driver, and judged as if it were our own.
    private static void CheckAddress(ServiceDraft service, ExternalAddress address, ProblemList problems)
    {
        SourcePlace place = service.Parameters[WholeUrl].Place ?? service.Parameters["Transport"].Place ?? service.Place;
        if (service.Backends.ByTransport(address.Transport)?.Capabilities is { } reached)
        {
            CheckAbilities(service, address, reached, place, problems);
        }
        else
        {
            string[] known = [.. service.Backends.All.Select(backend => backend.Capabilities.Transport).Where(transport => transport.Length > 0)];
            problems.Add(place, $"the {service.Name} service has the transport {address.Transport}", $"oslo.messaging has {string.Join(", ", known)}", WordSuggestion.Suggest(address.Transport, known, "choose one of them"));
        }

        if (address.UserName == "guest")
        {
            problems.Notice(place, $"the {service.Name} service logs in as guest", "an account that everybody knows", "ask for a user of your own");
        }
    }

    private static void CheckAbilities(ServiceDraft service, ExternalAddress address, BackendCapabilities reached, SourcePlace place, ProblemList problems)
    {
        string kind = service.Kind.ToString().ToLowerInvariant();
        if (reached.Refuses(service.Kind) is { } reason)
        {
            string[] able = [.. service.Backends.All.Select(backend => backend.Capabilities).Where(other => other.Transport.Length > 0 && other.Refuses(service.Kind) is null).Select(other => $"{other.Transport}://")];
            problems.Add(place, $"{reached.Title} cannot carry {kind}", reason, $"use another broker for the service: {string.Join(" or ", able)} can carry {kind}");
            return;
        }

        if (service.Kind is MessagingKind.Notify && reached.NotifyWarning is { } warning)
        {
            problems.Notice(place, $"notifications on {reached.Title}", warning, "use a broker that stores them, such as RabbitMQ, unless that may be");
        }

        if (!reached.HasVirtualHosts && address.VirtualHost is not (null or "/"))
        {
            problems.Notice(place, $"the {service.Name} service has the virtual host {address.VirtualHost} on {reached.Title}, which has none", reached.VirtualHostsUnsupportedReason, "leave it out");
        }

        if (!reached.Authenticates && address.UserName is not null)
        {
            problems.Notice(place, $"the {service.Name} service has a user on {reached.Title}, which has no login", "clients ignore it", "leave user and password out");
        }
    }
}
