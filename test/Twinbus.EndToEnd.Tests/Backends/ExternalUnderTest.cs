using Twinbus.Messaging.Drivers;

namespace Twinbus.EndToEnd.Tests.Backends;

/// <summary>External brokers: those of another deployment, which stands for whoever runs them.</summary>
public sealed class ExternalUnderTest : BackendUnderTest, IAsyncDisposable
{
    private readonly RabbitMqUnderTest owners = new();
    private readonly Dictionary<Installation, Installation> ownerOf = [];

    public override IReadOnlyList<string> Services => owners.Services;

    public override IReadOnlyList<string> Environments { get; } = ["messaging/messaging-external.yaml"];

    // TLS is the owner's: the URL says it.
    public override string TlsEnvironment => Environments[0];

    public override DriverRegistry Drivers => owners.Drivers;

    // Whatever happens to an external broker is no change of ours to make.
    public override IReadOnlyList<Drift> Drifts =>
    [
        .. owners.Drifts.Take(1).Select(drift => new Drift(drift.What, async d =>
        {
            await drift.MakeAsync(ownerOf[d]);
            Assert.False(await d.IsHealthyAsync());
            await ownerOf[d].DeployAsync();
        })),
    ];

    public override IReadOnlyList<string> Moments { get; } = ["\"event\":\"step\""];

    public override async ValueTask PrepareAsync(Installation installation, bool tls)
    {
        Installation owner = new(installation.Site, tls ? [.. owners.Environments, owners.TlsEnvironment] : owners.Environments);
        ownerOf[installation] = owner;
        await owner.DeployAsync();
        await TellAsync(installation, owner, tls);
    }

    public override Task<IAsyncDisposable> CrashAsync(Installation installation, string service, string host) =>
        owners.CrashAsync(ownerOf[installation], service, host);

    public override Task MendAsync(Installation installation) => ownerOf[installation].DeployAsync();

    public override async Task ChangePasswordAsync(Installation installation, string service)
    {
        await owners.ChangePasswordAsync(ownerOf[installation], service);
        await TellAsync(installation, ownerOf[installation], tls: true);
        await installation.DeployAsync();
    }

    public override Task RenewCertificatesAsync(Installation installation, string service) =>
        owners.RenewCertificatesAsync(ownerOf[installation], service);

    public async ValueTask DisposeAsync()
    {
        foreach (Installation owner in ownerOf.Values)
        {
            // What was done to the guest left its owner alone.
            await owner.DisposeAsync();
        }
    }

    private async Task TellAsync(Installation installation, Installation owner, bool tls)
    {
        foreach (string service in Services)
        {
            installation[Prefix(service) + "TransportURL"] = $"\"{(await owner.UrlAsync(service)).Reveal()}\"";
            if (tls)
            {
                installation[Prefix(service) + "SSLCAFile"] = Path.Combine(owner.Directory, "certificates", service, "trusted.pem");
            }
        }
    }
}

/// <summary>The claims on external brokers, on this machine.</summary>
[Trait("Needs", "Full")]
[Trait("Needs", "Root")]
[Trait("Needs", "Broker")]
public sealed class ExternalTests : BackendClaims, IAsyncDisposable
{
    public ExternalTests()
        : base(new ExternalUnderTest(), new ThisMachine())
    {
    }

    public ValueTask DisposeAsync() => ((ExternalUnderTest)Backend).DisposeAsync();
}
