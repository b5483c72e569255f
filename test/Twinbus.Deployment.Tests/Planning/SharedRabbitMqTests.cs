using Twinbus.Deployment.Backends.RabbitMq;
using Twinbus.Deployment.Clients;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Planning;
using Twinbus.Hosts.Kinds.Files;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.RabbitMq.Management;
using Twinbus.Hosts.RabbitMq.Permissions;
using Twinbus.Testing;
using Xunit;

namespace Twinbus.Deployment.Tests.Planning;

public sealed class SharedRabbitMqTests : IDisposable
{
    private readonly Workplace workplace = new();

    public void Dispose() => workplace.Dispose();

    [Fact]
    public async Task TheDefaultIsOneRabbitMqForBothServices()
    {
        PreparedDeployment prepared = workplace.Prepare(await workplace.ReadAsync());

        GoldenFile.Matches(PlanText.Of(prepared.Plan), "shared-rabbitmq.txt");
        Assert.Equal("rabbit://rpc:***@127.0.0.1:5672/", TransportUrlText.Redacted(prepared.Deployment.Service("rpc")!));
        Assert.Equal("rabbit://notify:***@127.0.0.1:5672/", TransportUrlText.Redacted(prepared.Deployment.Service("notify")!));
        Assert.Empty(prepared.Notices);
    }

    [Fact]
    public async Task TheSameInputGivesTheSamePlanAndSecretsAgain()
    {
        DeploymentSource source = await workplace.ReadAsync();
        PreparedDeployment first = workplace.Prepare(source);
        PreparedDeployment second = workplace.Prepare(source, first);

        Assert.True(first.Secrets.SameAs(second.Secrets));
        Assert.Equal(PlanText.Of(first.Plan), PlanText.Of(second.Plan));
        Assert.Equal(Definitions(first), Definitions(second));
    }

    [Fact]
    public async Task NoSecretIsGeneratedTwiceOrShown()
    {
        PreparedDeployment prepared = workplace.Prepare(await workplace.ReadAsync());

        string[] values = [.. prepared.Secrets.Values.Values.Select(secret => secret.Reveal())];
        Assert.Equal(["NotifyPassword", "RpcPassword", "messaging.administrator", "messaging.cookie"], prepared.Secrets.Values.Keys);
        Assert.Equal(values.Length, values.Distinct().Count());
        Assert.All(values, value => Assert.Matches("^[A-Za-z0-9_-]{32}$", value));
        string shown = PlanText.Of(prepared.Plan) + prepared;
        Assert.All(values, value => Assert.DoesNotContain(value, shown, StringComparison.Ordinal));
    }

    [Fact]
    public async Task TakenPortsGiveWayToTheNextFreeOnesAndAreKept()
    {
        DeploymentSource source = await workplace.ReadAsync();
        ListeningPort[] foreign = [new("0.0.0.0", 5672, "beam.smp", null), new("::", 25672, "beam.smp", null), new("::", 25675, "beam.smp", null)];

        PreparedDeployment first = workplace.Prepare(source, foreign);
        PreparedDeployment second = workplace.Prepare(source, first);

        Assert.Equal(5673, first.Deployment.Instances[0].Ports[PortPurpose.Client]);
        Assert.Equal(25673, first.Deployment.Instances[0].Ports[RabbitMqPorts.Distribution]);
        Assert.Equal(25676, first.Deployment.Instances[0].Ports[RabbitMqPorts.CommandLineFirst]);
        Assert.Equal(first.Deployment.Instances[0].Ports, second.Deployment.Instances[0].Ports);
        Assert.Contains(first.Deployment.Parameters, parameter => parameter == new ResolvedParameter("RpcPort", "5673", "allocated"));
    }

    [Fact]
    public async Task OurOwnBrokerIsNotInItsOwnWay()
    {
        DeploymentSource source = await workplace.ReadAsync();
        PreparedDeployment first = workplace.Prepare(source);

        PreparedDeployment second = workplace.Prepare(source, first, new ListeningPort("127.0.0.1", 5672, "beam.smp", "twinbus-default-messaging"));

        Assert.Equal(first.Deployment.Instances[0].Ports, second.Deployment.Instances[0].Ports);
    }

    [Fact]
    public async Task WithoutRootAListenerOnAKeptPortIsTakenForOurs()
    {
        DeploymentSource source = await workplace.ReadAsync();
        PreparedDeployment first = workplace.Prepare(source);

        PreparedDeployment second = workplace.Prepare(source, first, new ListeningPort("127.0.0.1", 5672, null, null));

        Assert.Equal(5672, second.Deployment.Instances[0].Ports[PortPurpose.Client]);
    }

    [Fact]
    public async Task AKeptPortThatSomebodyElseHoldsIsRefusedByName()
    {
        DeploymentSource source = await workplace.ReadAsync();
        PreparedDeployment first = workplace.Prepare(source);

        DeploymentException e = Assert.Throws<DeploymentException>(
            () => workplace.Prepare(source, first, new ListeningPort("0.0.0.0", 5672, "nginx", null)));

        Assert.Equal(DeploymentFailureReason.PortTaken, e.Reason);
        Assert.Equal("port 5672 of localhost, the client port of default-messaging, is taken: the program nginx listens on it; stop that, or set RpcPort to another port", e.Message);
    }

    [Fact]
    public async Task APortThatTheOperatorSetIsRefusedWhenTaken()
    {
        DeploymentSource source = await workplace.ReadTextAsync("parameter_defaults:\n  RpcPort: 5900\n");

        DeploymentException e = Assert.Throws<DeploymentException>(() => workplace.Prepare(source, new ListeningPort("0.0.0.0", 5900, "Xvnc", null)));

        Assert.EndsWith("environment.yaml:2:12: port 5900 of localhost, the client port of default-messaging, is taken: the program Xvnc listens on it; stop that, or give RpcPort another port", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatAnotherDeploymentReservedGivesWayThoughNobodyListens()
    {
        PreparedDeployment prepared = workplace.Prepare(await workplace.ReadAsync(), null, new ReservedPorts("lab", "twinbus-lab-messaging", new PortRange(5670, 5674)));

        Assert.Equal(5675, prepared.Deployment.Instances[0].Ports[PortPurpose.Client]);
        Assert.Contains(prepared.Plan.Hosts[0].Assumptions!.Ports, port => port is { Port: 5672, IsTaken: true });
    }

    [Theory]
    [InlineData("RpcPort: 5900", "RpcPort", "client", 5900)]
    [InlineData("RabbitCommandLinePort: 5895", "RabbitCommandLinePort", "command-line-first", 5900)]
    public async Task APortThatTheOperatorSetIsRefusedWhenAnotherDeploymentReservedIt(string line, string parameter, string purpose, int port)
    {
        DeploymentSource source = await workplace.ReadTextAsync($"parameter_defaults:\n  {line}\n");

        DeploymentException e = Assert.Throws<DeploymentException>(
            () => workplace.Prepare(source, null, new ReservedPorts("lab", "twinbus-lab-messaging", new PortRange(port, port))));

        Assert.Equal(DeploymentFailureReason.PortTaken, e.Reason);
        Assert.EndsWith(
            $"environment.yaml:2:{line.IndexOf(':', StringComparison.Ordinal) + 5}: port {port} of localhost, the {purpose} port of default-messaging, is taken: the deployment lab has it for twinbus-lab-messaging; take lab down, or give {parameter} another port",
            e.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task OneUserForBothServicesHasOnePassword()
    {
        DeploymentSource source = await workplace.ReadTextAsync("parameter_defaults:\n  RpcUserName: cloud\n  NotifyUserName: cloud\n  NotifyPassword: a-password-of-mine\n");

        PreparedDeployment prepared = workplace.Prepare(source);

        Assert.Equal(["RpcPassword", "messaging.administrator", "messaging.cookie"], prepared.Secrets.Values.Keys);
        Assert.Equal("a-password-of-mine", prepared.Secrets["RpcPassword"].Reveal());
        Assert.Equal(
            "rabbit://cloud:a-password-of-mine@127.0.0.1:5672/",
            TransportUrlText.Full(prepared.Deployment.Service("notify")!, prepared.Secrets).Reveal());
        Assert.Single(prepared.Plan.Hosts[0].Stages[^1].Resources.OfType<RabbitMqPermissionsResource>());
    }

    [Fact]
    public async Task AVirtualHostForEachServiceIsMadeAndGrantedApart()
    {
        DeploymentSource source = await workplace.ReadTextAsync("parameter_defaults:\n  RpcVirtualHost: calls\n  NotifyVirtualHost: /events\n");

        PreparedDeployment prepared = workplace.Prepare(source);

        RabbitMqPermissionsResource[] granted = [.. prepared.Plan.Hosts[0].Stages[^1].Resources.OfType<RabbitMqPermissionsResource>()];
        Assert.Equal([("rpc", "calls"), ("notify", "/events")], granted.Select(grant => (grant.User, Assert.Single(grant.Grants).VirtualHost)));
        Assert.Equal("rabbit://notify:***@127.0.0.1:5672/%2Fevents", TransportUrlText.Redacted(prepared.Deployment.Service("notify")!));
    }

    private static string Definitions(PreparedDeployment prepared) => prepared.Plan.Hosts[0].Stages.Single(stage => stage.Stage == Stage.Configure).Resources.OfType<FileResource>()
        .First(file => file.Path.EndsWith("definitions.json", StringComparison.Ordinal)).SecretContent!.Reveal();
}
