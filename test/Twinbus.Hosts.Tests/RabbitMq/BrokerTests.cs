using System.Text.Json.Nodes;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.RabbitMq.Management;
using Twinbus.Hosts.RabbitMq.Permissions;
using Twinbus.Hosts.RabbitMq.Policies;
using Twinbus.Hosts.RabbitMq.Users;
using Twinbus.Hosts.RabbitMq.VirtualHosts;
using Twinbus.Testing.RabbitMq;

namespace Twinbus.Hosts.Tests.RabbitMq;

[Trait("Needs", "Broker")]
public sealed class BrokerTests(RabbitMqFixture fixture) : IClassFixture<RabbitMqFixture>, IAsyncLifetime
{
    private const string Own = @"^(?!amq\.).*";

    private readonly TestHost host = new();
    private readonly string name = "t" + Guid.NewGuid().ToString("N")[..8];
    private RabbitMqServer server = null!;
    private RabbitMqManagement management = null!;
    private Resource[] resources = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        server = await fixture.ServerAsync();
        management = new RabbitMqManagement
        {
            Instance = "test",
            Port = server.ManagementPort,
            UserName = server.Administrator.UserName,
            Password = new Secret(server.Administrator.Password),
        };
        resources =
        [
            new RabbitMqUserResource { Management = management, User = "guest", Absent = true },
            new RabbitMqVirtualHostResource { Management = management, VirtualHost = $"/{name}" },
            new RabbitMqUserResource { Management = management, User = name, Password = new Secret("canary-1") },
            new RabbitMqPermissionsResource
            {
                Management = management,
                User = name,
                Grants = [new RabbitMqGrant($"/{name}", Own, Own, Own)],
            },
            new RabbitMqPolicyResource
            {
                Management = management,
                VirtualHost = $"/{name}",
                Policy = "limits",
                Pattern = "^q",
                Definition = new Dictionary<string, string> { ["max-length"] = "10", ["overflow"] = "\"reject-publish\"" },
            },
        ];
    }

    public ValueTask DisposeAsync()
    {
        host.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task EverythingIsMadeOnceAndThenFoundAsItShallBe()
    {
        var plan = await host.CheckAsync(resources);
        var first = await host.DeployAsync(resources);
        var second = await host.DeployAsync(resources);

        Assert.True(first.Succeeded, first.Failures.FirstOrDefault()?.ToString());
        Assert.Equal(plan.Changes.Select(c => (c.Kind, c.Name, c.Action)), first.Changes.Select(c => (c.Kind, c.Name, c.Action)));
        Assert.Equal(4, first.Changes.Length);
        Assert.All(first.Changes, c => Assert.Equal(ResourceAction.Create, c.Action));
        Assert.Empty(second.Changes);
    }

    [Fact]
    public async Task AWidenedPermissionIsShownAndMended()
    {
        await host.DeployAsync(resources);
        await server.Administration.PutAsync(
            $"permissions/%2F{name}/{name}", new JsonObject { ["configure"] = ".*", ["write"] = Own, ["read"] = Own }, Cancellation);
        await server.Administration.PutAsync(
            $"permissions/%2F/{name}", new JsonObject { ["configure"] = "", ["write"] = "", ["read"] = ".*" }, Cancellation);

        var report = await host.DeployAsync(resources);

        var change = Assert.Single(report.Changes);
        Assert.Equal(
            ("rabbitmq-permissions", $"configure in /{name} .* -> {Own}, permission in / withdrawn"), (change.Kind, change.Detail));
        Assert.Empty((await host.DeployAsync(resources)).Changes);
    }

    [Fact]
    public async Task RightsThatTheBrokerGaveTheAdministratorOfAKilledRunAreWithdrawn()
    {
        await host.DeployAsync(resources);
        string permission = $"permissions/{Uri.EscapeDataString($"/{name}")}/{server.Administrator.UserName}";
        await server.Administration.PutAsync(
            permission, new JsonObject { ["configure"] = ".*", ["write"] = ".*", ["read"] = ".*" }, Cancellation);

        var change = Assert.Single((await host.DeployAsync(resources)).Changes);

        Assert.Equal(("rabbitmq-vhost", ResourceAction.Change, "the administrator's rights in it withdrawn"), (change.Kind, change.Action, change.Detail));
        Assert.Empty((await host.DeployAsync(resources)).Changes);
    }

    [Fact]
    public async Task ADeletedUserIsMadeAnewWithItsPermissions()
    {
        await host.DeployAsync(resources);
        await server.Administration.DeleteAsync($"users/{name}", Cancellation);

        var report = await host.DeployAsync(resources);

        Assert.Equal(["rabbitmq-user", "rabbitmq-permissions"], report.Changes.Select(c => c.Kind));
        Assert.Empty((await host.DeployAsync(resources)).Changes);
    }

    [Fact]
    public async Task APasswordThatDiffersIsReplacedAndNeverShown()
    {
        await host.DeployAsync(resources);
        resources[2] = ((RabbitMqUserResource)resources[2]) with { Password = new Secret("canary-2"), Tags = ["monitoring"] };

        var report = await host.DeployAsync(resources);

        Assert.Equal("password differs, tags none -> monitoring", Assert.Single(report.Changes).Detail);
        Assert.DoesNotContain(host.Events, e => e.ToString().Contains("canary", StringComparison.Ordinal));
        Assert.Empty((await host.DeployAsync(resources)).Changes);
    }

    [Fact]
    public async Task APolicyThatDiffersIsReplaced()
    {
        await host.DeployAsync(resources);
        resources[4] = ((RabbitMqPolicyResource)resources[4]) with
        {
            Definition = new Dictionary<string, string> { ["max-length"] = "20" },
        };

        var report = await host.DeployAsync(resources);

        Assert.Equal("max-length 10 -> 20, overflow \"reject-publish\" -> none", Assert.Single(report.Changes).Detail);
        Assert.Empty((await host.DeployAsync(resources)).Changes);
    }

    [Fact]
    public async Task AVirtualHostThatIsDownIsStarted()
    {
        await host.DeployAsync(resources);
        await server.ControlAsync(["eval", $"rabbit_vhost_sup_sup:stop_and_delete_vhost(<<\"/{name}\">>)."], Cancellation);

        var report = await host.DeployAsync(resources);

        Assert.Equal($"started on {server.NodeName}, where it was down", Assert.Single(report.Changes).Detail);
        Assert.Empty((await host.DeployAsync(resources)).Changes);
    }

    [Fact]
    public async Task WhatThePlanNoLongerNamesIsTakenOutOfTheBroker()
    {
        await host.DeployAsync(resources);

        var report = await host.DeployAsync(resources[0]);

        // The plan names no way into this broker but for guest, which is one.
        Assert.Equal(4, report.Changes.Count(c => c.Action == ResourceAction.Delete));
        var users = (await server.Administration.GetAsync("users", Cancellation))!.ToJsonString();
        Assert.DoesNotContain(name, users, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABrokerThatIsDownMakesACheckPendingAndNotAnError()
    {
        Resource[] down =
        [
            new RabbitMqVirtualHostResource { Management = management with { Instance = "down", Port = Testing.FreePort.Next() }, VirtualHost = "/" },
        ];

        var report = await host.CheckAsync(down);

        Assert.True(report.Succeeded);
        Assert.Equal(ResourceAction.Create, Assert.Single(report.Changes).Action);
    }

    [Fact]
    public async Task AnAdministratorThatIsRefusedIsAnErrorWithoutAWayInThroughTheNode()
    {
        Resource[] refused =
        [
            new RabbitMqVirtualHostResource { Management = management with { Password = new Secret("canary-3") }, VirtualHost = "/" },
        ];

        var report = await host.DeployAsync(refused);

        Assert.Equal(HostFailureReason.Broker, Assert.Single(report.Failures).Reason);
        Assert.DoesNotContain("canary", report.Failures[0].ToString(), StringComparison.Ordinal);
    }
}
