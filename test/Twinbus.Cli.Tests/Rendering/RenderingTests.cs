using System.Collections.Immutable;
using Twinbus.Cli.Rendering;
using Twinbus.Deployment.Model;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Running;
using Twinbus.Operations.Health;
using Twinbus.Testing;

namespace Twinbus.Cli.Tests.Rendering;

/// <summary>What a person reads, as it was reviewed.</summary>
public sealed class RenderingTests
{
    private static readonly MessagingDeployment Tier = new()
    {
        Name = "default",
        Services = [Service("rpc", MessagingKind.Rpc), Service("notify", MessagingKind.Notify)],
        Instances =
        [
            new BrokerInstance
            {
                Name = "messaging",
                FullName = "default-messaging",
                Backend = "rabbitmq",
                Nodes = [],
                Ports = ImmutableSortedDictionary<string, int>.Empty,
                Seed = "localhost",
                Settings = ImmutableSortedDictionary<string, string>.Empty,
            },
        ],
        Hosts = [],
        EnvironmentFiles = [],
        Parameters = [],
    };

    private static readonly HealthReport Healthy = new(
    [
        new ServiceHealth("rpc", "rabbitmq",
        [
            new HealthCheck("connect", "127.0.0.1:5673", CheckStatus.Passed, "port 5673 accepts connections", 0.4),
            new HealthCheck("login", "127.0.0.1:5673", CheckStatus.Passed, "let in as rpc on virtual host /", 21.3),
            new HealthCheck("call", "127.0.0.1:5673", CheckStatus.Passed, "a call was answered as rpc on virtual host /", 40),
            new HealthCheck("alarms", "127.0.0.1:15673", CheckStatus.Passed, "no memory or disk alarm", 12),
        ]),
        new ServiceHealth("notify", "rabbitmq",
        [
            new HealthCheck("connect", "127.0.0.1:5673", CheckStatus.Passed, "port 5673 accepts connections", 0.4),
            new HealthCheck("login", "127.0.0.1:5673", CheckStatus.Passed, "let in as notify on virtual host /", 22),
            new HealthCheck("notification", "127.0.0.1:5673", CheckStatus.Passed, "a notification arrived as notify on virtual host /", 41),
        ]),
    ]);

    private static readonly HealthReport Unhealthy = new(
    [
        new ServiceHealth("rpc", "rabbitmq",
        [
            new HealthCheck("connect", "127.0.0.1:5673", CheckStatus.Passed, "port 5673 accepts connections", 0.4),
            new HealthCheck("login", "127.0.0.1:5673", CheckStatus.Failed, "the broker refuses user rpc: the user is gone or has another password than this deployment; twinbus up mends that", 9),
            new HealthCheck("call", "127.0.0.1:5673", CheckStatus.Skipped, "not tried, because login failed", 0),
        ]),
    ]);

    private static readonly ResourceChange[] Mended =
    [
        new("localhost", "file", "/etc/twinbus/default-messaging/rabbitmq.conf", ResourceAction.Change, "content differs: line 31 added"),
        new("localhost", "service", "twinbus-default-messaging", ResourceAction.Start, "was not running"),
    ];

    private static readonly ResourceChange[] FirstUp =
    [
        new("localhost", "package", "rabbitmq-server", ResourceAction.Create, "created"),
        new("localhost", "user", "twinbus-default-messaging", ResourceAction.Create, "created"),
        .. new[] { "/etc/twinbus", "/var/lib/twinbus", "/var/log/twinbus", "/etc/twinbus/default-messaging" }
            .Select(path => new ResourceChange("localhost", "directory", path, ResourceAction.Create, "created")),
        .. new[] { "rabbitmq.conf", "enabled_plugins" }
            .Select(name => new ResourceChange("localhost", "file", $"/etc/twinbus/default-messaging/{name}", ResourceAction.Create, "created")),
        new("localhost", "rabbitmq-permissions", "default-messaging:rpc", ResourceAction.Create, "created"),
        new("localhost", "rabbitmq-permissions", "default-messaging:notify", ResourceAction.Create, "created"),
        new("localhost", "service", "twinbus-default-messaging", ResourceAction.Start, "was not running"),
    ];

    [Fact]
    public void AnUpThatChangedNothingIsAFewLines()
    {
        string text = Written(terminal => DeploymentText.Write(Tier, Report(), Healthy, TimeSpan.FromSeconds(0.84), inFull: false, terminal));
        Assert.Contains("default: 0 changed (0.8 s)", text, StringComparison.Ordinal);
        GoldenFile.Matches(text, "up-unchanged.txt");
    }

    [Fact]
    public void AFirstUpCountsWhatItMade() => GoldenFile.Matches(
        Written(terminal => DeploymentText.Write(Tier, Report(FirstUp), Healthy, TimeSpan.FromSeconds(24.3), inFull: false, terminal)), "up-first.txt");

    [Fact]
    public void AMendingUpSaysExactlyWhatItMended() => GoldenFile.Matches(
        Written(terminal => DeploymentText.Write(Tier, Report(Mended), Healthy, TimeSpan.FromSeconds(6), inFull: false, terminal)), "up-mended.txt");

    [Fact]
    public void WhatIsMendedIsSaidExactlyHoweverMuchIsMade()
    {
        string[] lines = [.. ChangeText.Lines([.. FirstUp, Mended[0]], pending: false, inFull: false, Style.Plain)];
        Assert.Equal(3, lines.Length);
        Assert.Contains(lines, line => line.StartsWith("changed   file /etc/twinbus/default-messaging/rabbitmq.conf: ", StringComparison.Ordinal));
    }

    [Fact]
    public void APlanIsShownInFull() => GoldenFile.Matches(Written(terminal => PlanText.Write(Tier, Report(FirstUp), terminal)), "plan.txt");

    [Fact]
    public void APlanSaysWhichHostsAreEmptied()
    {
        MessagingDeployment shrunk = Tier with { Departed = [new DeploymentHost { Name = "h2", Address = "10.0.0.2" }, new DeploymentHost { Name = "h3", Address = "10.0.0.3" }] };
        Assert.Equal(
            "default: 0 to change; h2, h3 left the inventory, and all that was made there is removed\n",
            Written(terminal => PlanText.Write(shrunk, RunReport.Nothing, terminal)));
    }

    [Fact]
    public void SeveralHostsAreNamed()
    {
        ResourceChange[] changes = [.. Mended, Mended[0] with { Host = "b" }];
        Assert.All(ChangeText.Lines([.. changes], pending: true, inFull: true, Style.Plain), line => Assert.Matches("^(change|start) +(localhost|b): ", line));
    }

    [Fact]
    public void HealthIsATable() => GoldenFile.Matches(
        Written(terminal => HealthText.Write(Healthy, terminal)) + Written(terminal => HealthText.Write(Unhealthy, terminal)), "health.txt");

    [Fact]
    public void JsonIsTheContract()
    {
        string changes = Written(terminal => ReportJson.Write(terminal, ChangeDocument.Of(Report(Mended), Tier), ReportJson.Default.ChangeDocument));
        string health = Written(terminal => ReportJson.Write(terminal, Unhealthy, ReportJson.Default.HealthReport));
        string paths = Written(terminal => ReportJson.Write(
            terminal, new Dictionary<string, PathsDocument> { ["rpc"] = PathsDocument.Of(Tier.Instances[0]), ["notify"] = PathsDocument.Of(null) }, ReportJson.Default.DictionaryStringPathsDocument));
        GoldenFile.Matches(changes + health + paths, "contract.json");
    }

    [Fact]
    public void ColoursAreAddedAroundTheTextAndNeverInsideIt()
    {
        Assert.Equal("\e[31mno\e[0m", Style.Of(colored: true).Bad("no"));
        Assert.Equal("no", Style.Of(colored: false).Bad("no"));
        Assert.Equal("", Style.Of(colored: true).Bad(""));
    }

    private static RunReport Report(params ResourceChange[] changes) => new()
    {
        Changes = [.. changes],
        Failures = [],
        Fingerprints = ImmutableDictionary<string, string>.Empty,
    };

    private static MessagingService Service(string name, MessagingKind kind) => new()
    {
        Name = name,
        Kind = kind,
        Backend = "rabbitmq",
        Transport = "rabbit",
        Instance = "messaging",
        Endpoints = [new MessagingEndpoint("127.0.0.1", 5673)],
        VirtualHost = "/",
        UserName = name,
        PasswordName = "Password",
    };

    private static string Written(Action<Terminal> write)
    {
        using StringWriter output = new();
        write(new Terminal { Output = output, Error = TextWriter.Null, Input = TextReader.Null });
        return output.ToString();
    }
}
