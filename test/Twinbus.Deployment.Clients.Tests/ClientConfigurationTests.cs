using System.Collections.Immutable;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;
using Twinbus.Deployment.Secrets;
using Twinbus.Hosts;
using Xunit;

namespace Twinbus.Deployment.Clients.Tests;

/// <summary>From a deployed deployment to what one client is given.</summary>
public sealed class ClientConfigurationTests
{
    private static readonly DeploymentSecrets Keys = DeploymentSecrets.None.With("RpcPassword", new Secret("r")).With("NotifyPassword", new Secret("n"));

    [Fact]
    public void ClientIsGivenTheServicesOfTheTier()
    {
        ClientConfiguration client = ClientConfiguration.Of(Deployment(), Keys);

        Assert.Equal("rpc", client.Rpc?.Name);
        Assert.Equal("notify", client.Notify?.Name);
        Assert.Equal("r", client.Rpc?.Password?.Reveal());
        Assert.Equal(QueueKind.Transient, client.Rpc?.Queues);
        Assert.Null(client.Release);
    }

    [Fact]
    public void ClientWithAServiceOfItsOwnIsGivenThat()
    {
        MessagingDeployment deployment = Deployment(Service("rpc-neutron", MessagingKind.Rpc));

        Assert.Equal("rpc-neutron", ClientConfiguration.Of(deployment, Keys, ClientService.Named("neutron")).Rpc?.Name);
        Assert.Equal("rpc", ClientConfiguration.Of(deployment, Keys, ClientService.Named("nova")).Rpc?.Name);
        Assert.Equal("rpc", ClientConfiguration.Of(deployment, Keys).Rpc?.Name);
    }

    [Theory]
    [InlineData("classic", QueueKind.Transient)]
    [InlineData("durable", QueueKind.Durable)]
    [InlineData("quorum", QueueKind.Quorum)]
    public void QueueTypeOfTheInstanceIsTheClientsToDeclare(string type, QueueKind kind)
    {
        MessagingDeployment deployment = Deployment() with { Instances = [Instance("RabbitQueueType", type) with { ServerVersion = new Version(4, 3) }] };

        MessagingBus? rpc = ClientConfiguration.Of(deployment, Keys).Rpc;

        Assert.Equal(kind, rpc?.Queues);
        Assert.Equal(new Version(4, 3), rpc?.ServerVersion);
    }

    [Fact]
    public void QueuesOfABrokerThatSomebodyElseRunsAreNotOursToSay() =>
        Assert.Null(ClientConfiguration.Of(Deployment() with { Instances = [] }, Keys).Rpc?.Queues);

    [Fact]
    public void TopicsThatWereMadeOnKafkaAreThoseToSendTo()
    {
        MessagingDeployment deployment = Deployment() with
        {
            Services = [Service("notify", MessagingKind.Notify) with { Backend = "kafka", Transport = "kafka" }],
            Instances = [Instance("KafkaTopics", "notifications, billing") with { Backend = "kafka" }],
        };
        Assert.Equal(["notifications", "billing"], ClientConfiguration.Of(deployment, Keys).Notifications.Topics);
    }

    [Fact]
    public void ReleaseIsTheOneAskedForBeforeTheDeploymentsOwn()
    {
        MessagingDeployment deployment = Deployment();
        deployment = deployment with { Services = [.. deployment.Services.Select(service => service with { OsloMessagingRelease = "zed" })] };

        Assert.Equal("14.0.3", $"{ClientConfiguration.Of(deployment, Keys).Release?.Version}");
        Assert.Equal("16.1.1", $"{ClientConfiguration.Of(deployment, Keys, release: OsloReleases.Find("2025.1")).Release?.Version}");
    }

    [Fact]
    public void WithoutSecretsAPasswordIsHiddenAndWithThemItMustBeThere()
    {
        Assert.Equal(Secret.Redacted, ClientConfiguration.Of(Deployment(), secrets: null).Rpc?.Password?.Reveal());
        Assert.Throws<DeploymentException>(() => ClientConfiguration.Of(Deployment(), DeploymentSecrets.None));
    }

    private static MessagingDeployment Deployment(params MessagingService[] further) => new()
    {
        Name = "default",
        Services = [Service("rpc", MessagingKind.Rpc), Service("notify", MessagingKind.Notify), .. further],
        Instances = [Instance("RabbitQueueType", "classic")],
        Hosts = [],
        EnvironmentFiles = [],
        Parameters = [],
    };

    private static MessagingService Service(string name, MessagingKind kind) => new()
    {
        Name = name,
        Kind = kind,
        Backend = "rabbitmq",
        Transport = "rabbit",
        Instance = "messaging",
        Endpoints = [new MessagingEndpoint("127.0.0.1", 5672)],
        UserName = name,
        PasswordName = kind == MessagingKind.Rpc ? "RpcPassword" : "NotifyPassword",
    };

    private static BrokerInstance Instance(string setting, string value) => new()
    {
        Name = "messaging",
        FullName = "default-messaging",
        Backend = "rabbitmq",
        Nodes = [],
        Seed = "localhost",
        Ports = ImmutableSortedDictionary<string, int>.Empty,
        Settings = ImmutableSortedDictionary<string, string>.Empty.Add(setting, value),
    };
}
