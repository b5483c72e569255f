using System.Collections.Immutable;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Secrets;
using Twinbus.Hosts;
using Twinbus.Testing.RabbitMq;

namespace Twinbus.Operations.Tests.Health;

/// <summary>Small tiers as a deploy would have recorded them.</summary>
internal static class Tiers
{
    /// <summary>One service at one address that nobody here deployed.</summary>
    public static MessagingDeployment External(MessagingKind kind, string transport, int port, string? virtualHost = null, string? user = null) => new()
    {
        Name = "test",
        Services =
        [
            new MessagingService
            {
                Name = kind == MessagingKind.Rpc ? "rpc" : "notify",
                Kind = kind,
                Backend = "external",
                Transport = transport,
                Endpoints = [new MessagingEndpoint("127.0.0.1", port)],
                VirtualHost = virtualHost,
                UserName = user,
                PasswordName = user is null ? null : "Password",
            },
        ],
        Instances = [],
        Hosts = [],
        EnvironmentFiles = [],
        Parameters = [],
    };

    /// <summary>A service on a virtual host of a test broker, as its user.</summary>
    public static MessagingDeployment On(RabbitMqVirtualHost host, MessagingKind kind) => External(kind, "rabbit", host.Port, host.Name, host.User);

    /// <summary>The same, on an instance that a deployment of ours made here.</summary>
    public static MessagingDeployment Own(RabbitMqVirtualHost host, MessagingKind kind, int managementPort)
    {
        MessagingDeployment tier = On(host, kind);
        return tier with
        {
            Services = [tier.Services[0] with { Instance = "messaging", Backend = "rabbitmq" }],
            Hosts = [new DeploymentHost { Name = "localhost", Address = "127.0.0.1", IsLocal = true }],
            Instances =
            [
                new BrokerInstance
                {
                    Name = "messaging",
                    FullName = "test-messaging",
                    Backend = "rabbitmq",
                    Nodes = [new BrokerNode { Host = "localhost", NodeName = "test@localhost", ListenAddress = "127.0.0.1" }],
                    Ports = ImmutableSortedDictionary<string, int>.Empty.Add(PortPurpose.Client, host.Port).Add("management", managementPort),
                    Seed = "localhost",
                    Settings = ImmutableSortedDictionary<string, string>.Empty,
                },
            ],
        };
    }

    public static DeploymentSecrets Secrets(string password) => DeploymentSecrets.None.With("Password", new Secret(password));
}
