using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Twinbus.Deployment;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Reading;
using Twinbus.Deployment.Secrets;
using Twinbus.Hosts;
using Twinbus.Hosts.Running;
using Twinbus.Operations.Deploys;
using Twinbus.Operations.Documents;
using Twinbus.Operations.Health;
using Twinbus.Testing;

namespace Twinbus.Operations.Tests.Documents;

/// <summary>What programs read. A change of a golden file that takes something away, or means something else by it, raises the version.</summary>
public sealed class DocumentTests
{
    private static readonly DateTimeOffset Time = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly MessagingDeployment Tier = new()
    {
        Name = "default",
        Services = [Service("rpc", MessagingKind.Rpc, "messaging"), Service("notify", MessagingKind.Notify, instance: null)],
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
        Departed = [new DeploymentHost { Name = "h2", Address = "10.0.0.2" }],
        EnvironmentFiles = [],
        Parameters = [],
    };

    private static readonly DeploymentSecrets Secrets = DeploymentSecrets.None.With("Password", new Secret("s3cret"));

    private static readonly HealthReport Health = new(
    [
        new ServiceHealth("rpc", "rabbitmq",
        [
            new HealthCheck("connect", "127.0.0.1:5673", CheckStatus.Passed, "port 5673 accepts connections", 0.4),
            new HealthCheck("login", "127.0.0.1:5673", CheckStatus.Failed, "no", 9),
            new HealthCheck("call", "127.0.0.1:5673", CheckStatus.Skipped, "not tried, because login failed", 0),
        ]),
    ]);

    private static readonly RunReport Report = RunReport.Nothing with
    {
        Changes = [new("localhost", "service", "twinbus-default-messaging", ResourceAction.Start, "was not running")],
        Failures = [new HostFailure(HostFailureReason.DiskFull, "What.", "Why.", "Next.") { Host = "h1", Kind = "file", Name = "/etc/x" }],
    };

    private static readonly Problem Mistake = new("unknown parameter RcpPort", "no service has it", "did you mean RpcPort?") { Place = new SourcePlace("/site.yaml", 2, 3) };

    private static readonly Document[] Samples =
    [
        new BackendsDocument { Backends = [BackendCatalogue.All.First(backend => backend.Name == "rabbitmq")] },
        EventDocument.Of(new HostReported(new ResourceChecked("file", "/etc/x", ResourceAction.Change, "content differs") { Host = "h1" }), Time)!,
        HealthDocument.Of(Health),
        IgnoredDocument.Of([new IgnoredEntry("OS::TripleO::Services::Keystone", new SourcePlace("/site.yaml", 4, 1))]),
        new ParametersDocument { Parameters = [new ResolvedParameter("RpcPort", "5673", "allocated")] },
        PasswordsDocument.Of(Secrets, reveal: false),
        PathsDocument.Of(Tier),
        PlanDocument.Of(new PlanResult { Deployment = Tier, Report = Report, File = null }),
        ReportDocument.Of(Report, Health, Time),
        UrlsDocument.Of(ServiceUrls.Of(Tier, secrets: null)),
        ValidationDocument.Of(new ValidationResult([Mistake], [new Problem("notice", "", "")])),
    ];

    public static TheoryData<string> Formats => [.. Samples.Select(sample => sample.Format)];

    [Theory]
    [MemberData(nameof(Formats))]
    public void ADocumentIsWhatWasReviewed(string format)
    {
        Document sample = Samples.Single(each => each.Format == format);
        GoldenFile.Matches(sample.ToJson() + "\n", $"{format}-{sample.Version}.json");
    }

    [Fact]
    public void EveryDocumentNamesItsFormatAndVersionFirst()
    {
        Assert.All(Samples, sample => Assert.Equal(["format", "version"], JsonNode.Parse(sample.ToJson())!.AsObject().Select(member => member.Key).Take(2)));
        Assert.All(Samples, sample => Assert.StartsWith("twinbus-", sample.Format, StringComparison.Ordinal));
    }

    [Fact]
    public void EveryKindOfDocumentIsAmongTheSamples() => Assert.Equal(
        typeof(Document).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Document))).OrderBy(type => type.Name),
        Samples.Select(sample => sample.GetType()).OrderBy(type => type.Name));

    [Fact]
    public void ALineHasNoLineBreaksAndNothingThatDoesNotApply()
    {
        string line = EventDocument.Of(new StepBegun("verifying"), Time)!.ToJsonLine();
        Assert.Equal("""{"format":"twinbus-event","version":1,"time":"2026-01-02T03:04:05+00:00","event":"step","text":"verifying"}""", line);
    }

    [Fact]
    public void PasswordsAreInDocumentsOnlyWhenAskedFor()
    {
        Assert.DoesNotContain("s3cret", UrlsDocument.Of(ServiceUrls.Of(Tier, secrets: null)).ToJson(), StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", PasswordsDocument.Of(Secrets, reveal: false).ToJson(), StringComparison.Ordinal);
        Assert.Contains("s3cret", UrlsDocument.Of(ServiceUrls.Of(Tier, Secrets)).ToJson(), StringComparison.Ordinal);
        Assert.Contains("s3cret", PasswordsDocument.Of(Secrets, reveal: true).ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void ANoticeIsForPeopleAndNoLineOfTheStream() => Assert.Null(EventDocument.Of(new NoticeRaised(Mistake), Time));

    private static MessagingService Service(string name, MessagingKind kind, string? instance) => new()
    {
        Name = name,
        Kind = kind,
        Backend = instance is null ? "external" : "rabbitmq",
        Transport = "rabbit",
        Instance = instance,
        Endpoints = [new MessagingEndpoint("127.0.0.1", 5673)],
        VirtualHost = "/",
        UserName = name,
        PasswordName = "Password",
    };
}
