using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Twinbus.Deployment.Model;
using Twinbus.Hosts;
using Twinbus.Hosts.RabbitMq.Management;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.RabbitMq;
using Twinbus.Operations.Health;
using Twinbus.Testing.RabbitMq;

[assembly: AssemblyFixture(typeof(RabbitMqFixture))]

namespace Twinbus.Operations.Tests.Health;

/// <summary>The stages on a real broker, and what each says when its part is broken.</summary>
[Trait("Needs", "Broker")]
public sealed class RabbitMqHealthTests(RabbitMqFixture broker)
{
    private static readonly HealthOptions Options = new() { Drivers = DriverRegistry.Of(new RabbitMqDriver()) };

    [Theory]
    [InlineData(MessagingKind.Rpc)]
    [InlineData(MessagingKind.Notify)]
    public async Task AServiceThatWorksPassesEveryStage(MessagingKind kind)
    {
        RabbitMqVirtualHost host = await broker.CreateVirtualHostAsync(Token);
        HealthCheck[] checks = await CheckAsync(Tiers.On(host, kind), host.Password);
        Assert.All(checks, check => Assert.True(check.Status == CheckStatus.Passed, check.ToString()));
        Assert.Contains($"as {host.User} on virtual host {host.Name}", checks[2].Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MessagingKind.Rpc)]
    [InlineData(MessagingKind.Notify)]
    public async Task ProbesAtOnceDoNotMeetAndLeaveNothingBehind(MessagingKind kind)
    {
        RabbitMqVirtualHost host = await broker.CreateVirtualHostAsync(Token);
        RabbitMqAdministration administration = (await broker.ServerAsync()).Administration;
        string before = await ExchangesAsync(administration, host);

        HealthCheck[][] all = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => CheckAsync(Tiers.On(host, kind), host.Password)));

        Assert.All(all.SelectMany(checks => checks), check => Assert.True(check.Status == CheckStatus.Passed, check.ToString()));
        Assert.Empty(await administration.QueuesAsync(host.Name, Token));
        Assert.Equal(before, await ExchangesAsync(administration, host));
    }

    [Fact]
    public async Task AWrongPasswordFailsTheLogin()
    {
        RabbitMqVirtualHost host = await broker.CreateVirtualHostAsync(Token);
        HealthCheck[] checks = await CheckAsync(Tiers.On(host, MessagingKind.Rpc), "another-password");
        Assert.Equal([CheckStatus.Passed, CheckStatus.Failed, CheckStatus.Skipped], checks.Select(check => check.Status));
        Assert.Contains($"the broker refuses user {host.User}", checks[1].Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("another-password", checks[1].Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("twinbus up", checks[1].Detail, StringComparison.Ordinal);
        Assert.Contains("somebody else runs the broker", checks[1].Detail, StringComparison.Ordinal);

        MessagingDeployment own = Tiers.On(host, MessagingKind.Rpc);
        own = own with { Services = [own.Services[0] with { Instance = "messaging", Backend = "rabbitmq" }] };
        Assert.Contains("twinbus up mends that", (await CheckAsync(own, "another-password"))[1].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AMissingVirtualHostFailsTheLogin()
    {
        RabbitMqVirtualHost host = await broker.CreateVirtualHostAsync(Token);
        HealthCheck[] checks = await CheckAsync(Tiers.On(host with { Name = "gone" }, MessagingKind.Rpc), host.Password);
        Assert.Equal(CheckStatus.Failed, checks[1].Status);
        Assert.Contains("virtual host gone", checks[1].Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MessagingKind.Rpc)]
    [InlineData(MessagingKind.Notify)]
    public async Task APermissionThatIsTooNarrowFailsTheTraffic(MessagingKind kind)
    {
        RabbitMqVirtualHost host = await broker.CreateVirtualHostAsync(Token);
        await (await broker.ServerAsync()).Administration.PutAsync(
            $"permissions/{host.Name}/{host.User}", new JsonObject { ["configure"] = "^$", ["write"] = ".*", ["read"] = ".*" }, Token);
        HealthCheck[] checks = await CheckAsync(Tiers.On(host, kind), host.Password);
        Assert.Equal([CheckStatus.Passed, CheckStatus.Passed, CheckStatus.Failed], checks.Select(check => check.Status));
        Assert.Contains($"user {host.User} may not", checks[2].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APortThatAcceptsAndSaysNothingFailsTheLoginInTime()
    {
        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start();
        MessagingDeployment tier = Tiers.External(MessagingKind.Rpc, "rabbit", ((IPEndPoint)silent.LocalEndpoint).Port, "/", "user");
        tier = tier with { Services = [tier.Services[0] with { HealthTimeoutSeconds = 1 }] };
        HealthCheck asTheServiceSays = (await TierHealth.CheckAsync(tier, Tiers.Secrets("p"), Options, Token)).Services[0].Checks[1];
        Assert.Equal(CheckStatus.Failed, asTheServiceSays.Status);
        Assert.Equal("no answer within 1 s: is it another service's port, or one that wants TLS?", asTheServiceSays.Detail);

        HealthOptions hasty = Options with { Timeout = TimeSpan.FromSeconds(0.5) };
        Assert.StartsWith("no answer within 0.5 s", (await TierHealth.CheckAsync(tier, Tiers.Secrets("p"), hasty, Token)).Services[0].Checks[1].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AMemoryAlarmIsNamed()
    {
        await using RabbitMqServer own = await RabbitMqServer.StartAsync(Token);
        RabbitMqVirtualHost host = await own.CreateVirtualHostAsync(Token);
        MessagingDeployment tier = Tiers.Own(host, MessagingKind.Notify, own.ManagementPort);
        await own.Administration.PutAsync("users/twinbus", new JsonObject { ["password"] = "administrator-password", ["tags"] = "administrator" }, Token);
        var secrets = Tiers.Secrets(host.Password).With("messaging.administrator", new Secret("administrator-password"));
        Assert.True((await TierHealth.CheckAsync(tier, secrets, Options, Token)).Healthy);

        await own.BlockPublishersAsync(Token);
        HealthReport report = await TierHealth.CheckAsync(tier, secrets, Options with { Timeout = TimeSpan.FromSeconds(2) }, Token);

        Assert.False(report.Healthy);
        HealthCheck alarms = report.Services[0].Checks[^1];
        Assert.Equal("alarms", alarms.Name);
        Assert.Contains("memory alarm", alarms.Detail, StringComparison.Ordinal);
        HealthCheck notification = report.Services[0].Checks[^2];
        Assert.Equal(CheckStatus.Failed, notification.Status);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static async Task<HealthCheck[]> CheckAsync(MessagingDeployment tier, string password)
    {
        HealthReport report = await TierHealth.CheckAsync(tier, Tiers.Secrets(password), Options, Token);
        return [.. Assert.Single(report.Services).Checks];
    }

    private static async Task<string> ExchangesAsync(RabbitMqAdministration administration, RabbitMqVirtualHost host) =>
        (await administration.GetAsync($"exchanges/{host.Name}?columns=name", Token))!.ToJsonString();
}
