using System.Net;
using System.Net.Sockets;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Secrets;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.InMemory;
using Twinbus.Operations.Health;
using Twinbus.Testing;

namespace Twinbus.Operations.Tests.Health;

/// <summary>The stages, over the in-memory driver.</summary>
public sealed class HealthTests
{
    // A busy machine takes its time; what works must not be told from what does not by that.
    private static readonly HealthOptions Options = new() { Drivers = DriverRegistry.Of(new InMemoryDriver()), Timeout = TimeSpan.FromMinutes(1) };

    [Theory]
    [InlineData(MessagingKind.Rpc, "call", "a call was answered")]
    [InlineData(MessagingKind.Notify, "notification", "a notification arrived")]
    public async Task AServiceThatWorksPassesEveryStage(MessagingKind kind, string traffic, string proof)
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        MessagingDeployment tier = Tiers.External(kind, "fake", ((IPEndPoint)listener.LocalEndpoint).Port);

        HealthReport report = await TierHealth.CheckAsync(tier, DeploymentSecrets.None, Options, TestContext.Current.CancellationToken);

        Assert.True(report.Healthy);
        ServiceHealth service = Assert.Single(report.Services);
        Assert.Equal(["connect", "login", traffic], service.Checks.Select(check => check.Name));
        Assert.All(service.Checks, check => Assert.Equal(CheckStatus.Passed, check.Status));
        Assert.StartsWith(proof, service.Checks[2].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhereNothingListensTheLaterStagesAreSkipped()
    {
        int port = FreePort.Next();
        HealthReport report = await TierHealth.CheckAsync(
            Tiers.External(MessagingKind.Rpc, "fake", port), DeploymentSecrets.None, Options, TestContext.Current.CancellationToken);

        Assert.False(report.Healthy);
        HealthCheck[] checks = [.. report.Services[0].Checks];
        Assert.Equal([CheckStatus.Failed, CheckStatus.Skipped, CheckStatus.Skipped], checks.Select(check => check.Status));
        Assert.Equal($"127.0.0.1:{port}", checks[0].Host);
        Assert.Contains($"nothing listens on port {port}", checks[0].Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("twinbus up", checks[0].Detail, StringComparison.Ordinal);
        Assert.Equal("not tried, because connect failed", checks[1].Detail);
    }

    [Fact]
    public async Task ANameThatDoesNotResolveIsSaid()
    {
        MessagingDeployment tier = Tiers.External(MessagingKind.Rpc, "fake", 1);
        tier = tier with { Services = [tier.Services[0] with { Endpoints = [new MessagingEndpoint("no-such-host.invalid", 5672)] }] };
        HealthReport report = await TierHealth.CheckAsync(tier, DeploymentSecrets.None, Options, TestContext.Current.CancellationToken);
        Assert.Contains("no-such-host.invalid does not resolve", report.Services[0].Checks[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EachAddressOfAServiceIsChecked()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        MessagingDeployment tier = Tiers.External(MessagingKind.Rpc, "fake", ((IPEndPoint)listener.LocalEndpoint).Port);
        tier = tier with { Services = [tier.Services[0] with { Endpoints = [.. tier.Services[0].Endpoints, new MessagingEndpoint("127.0.0.1", FreePort.Next())] }] };

        ServiceHealth service = (await TierHealth.CheckAsync(tier, DeploymentSecrets.None, Options, TestContext.Current.CancellationToken)).Services[0];

        Assert.False(service.Healthy);
        Assert.Equal(2, service.Checks.Select(check => check.Host).Distinct().Count());
        Assert.Equal(CheckStatus.Passed, service.Checks[0].Status);
        Assert.Equal(CheckStatus.Failed, service.Checks[3].Status);
    }

    [Fact]
    public async Task AServiceThatCannotBeCheckedDoesNotHideTheOther()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        MessagingDeployment tier = Tiers.External(MessagingKind.Rpc, "fake", port);
        tier = tier with
        {
            Services =
            [
                .. tier.Services,
                .. Tiers.External(MessagingKind.Notify, "amqp", port).Services,
                Tiers.External(MessagingKind.Notify, "fake", port, user: "u").Services[0] with { Name = "notify-nova", PasswordName = "Absent" },
                Tiers.External(MessagingKind.Notify, "fake", port).Services[0] with { Name = "notify-glance", Query = [new UrlOption("slip", "1")] },
            ],
        };

        HealthReport report = await TierHealth.CheckAsync(tier, DeploymentSecrets.None, Options, TestContext.Current.CancellationToken);

        Assert.False(report.Healthy);
        Assert.Equal([true, false, false, false], report.Services.Select(service => service.Healthy));
        Assert.All(report.Services.Skip(1), service => Assert.Equal([CheckStatus.Passed, CheckStatus.Failed, CheckStatus.Skipped], service.Checks.Select(check => check.Status)));
        Assert.StartsWith("cannot be checked: no driver for amqp:// in this build", report.Services[1].Checks[1].Detail, StringComparison.Ordinal);
        Assert.StartsWith("cannot be checked: the secret Absent is missing", report.Services[2].Checks[1].Detail, StringComparison.Ordinal);
        Assert.Contains("'slip'", report.Services[3].Checks[1].Detail, StringComparison.Ordinal);
    }
}
