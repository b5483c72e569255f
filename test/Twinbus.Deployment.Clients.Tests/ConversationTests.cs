using System.Text.Json.Nodes;
using Twinbus.Deployment.Clients.Formats;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;
using Twinbus.Hosts;
using Twinbus.Hosts.RabbitMq.Management;
using Twinbus.Testing;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Deployment.Clients.Tests;

/// <summary>A client that is configured by the written file alone calls, is answered, notifies and is notified, on a real broker.</summary>
[Trait("Needs", "Broker")]
[Trait("Needs", "Python")]
public sealed class ConversationTests(RabbitMqFixture fixture)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OneBrokerCarriesBoth()
    {
        MessagingBus rpc = Bus(await fixture.CreateVirtualHostAsync(Cancellation), MessagingKind.Rpc);

        await TalkAsync(new ClientConfiguration { Rpc = rpc, Notify = rpc with { Name = "notify", Kind = MessagingKind.Notify } });

        Assert.Equal(("classic", false), await QueueAsync(rpc, "twinbus-clients"));
        Assert.Equal(("classic", false), await QueueAsync(rpc, "notifications.info"));
    }

    [Theory]
    [InlineData(QueueKind.Transient, QueueKind.Quorum)]
    [InlineData(QueueKind.Quorum, QueueKind.Durable)]
    [InlineData(QueueKind.Durable, QueueKind.Transient)]
    [InlineData(QueueKind.Quorum, QueueKind.Quorum)]
    public async Task EachBusHasTheQueuesThatItNeeds(QueueKind rpcQueues, QueueKind notifyQueues)
    {
        MessagingBus rpc = Bus(await fixture.CreateVirtualHostAsync(Cancellation), MessagingKind.Rpc) with { Queues = rpcQueues };
        MessagingBus notify = Bus(await fixture.CreateVirtualHostAsync(Cancellation), MessagingKind.Notify) with { Queues = notifyQueues };

        await TalkAsync(new ClientConfiguration { Rpc = rpc, Notify = notify });

        Assert.Equal(Kind(rpcQueues), await QueueAsync(rpc, "twinbus-clients"));
        Assert.Equal(Kind(notifyQueues), await QueueAsync(notify, "notifications.info"));
    }

    [Fact]
    public async Task NotificationsGoThroughTlsWhileCallsDoNot()
    {
        RabbitMqServer broker = await fixture.ServerAsync();
        await using TlsRelay relay = new(broker.AmqpPort, "localhost");
        using TemporaryDirectory directory = new();
        string authority = directory["ca.pem"];
        await File.WriteAllTextAsync(authority, relay.Authority, Cancellation);
        MessagingBus rpc = Bus(await fixture.CreateVirtualHostAsync(Cancellation), MessagingKind.Rpc);
        MessagingBus notify = Bus(await fixture.CreateVirtualHostAsync(Cancellation), MessagingKind.Notify) with
        {
            Endpoints = [new MessagingEndpoint("localhost", relay.Port)],
            Tls = new ClientTls { AuthorityFile = authority },
        };

        await TalkAsync(new ClientConfiguration { Rpc = rpc, Notify = notify });

        Assert.True(relay.Handshakes >= 2, "the listener and the notifier each connect");
    }

    private static MessagingBus Bus(RabbitMqVirtualHost host, MessagingKind kind) => new()
    {
        Name = kind == MessagingKind.Rpc ? "rpc" : "notify",
        Kind = kind,
        Transport = "rabbit",
        Endpoints = [new MessagingEndpoint("127.0.0.1", host.Port)],
        UserName = host.User,
        Password = new Secret(host.Password),
        VirtualHost = host.Name,
        Queues = QueueKind.Transient,
    };

    private static (string Type, bool Durable) Kind(QueueKind kind) => (kind == QueueKind.Quorum ? "quorum" : "classic", kind != QueueKind.Transient);

    private static async Task TalkAsync(ClientConfiguration configuration)
    {
        using TemporaryDirectory directory = new();
        string file = directory["client.conf"];
        ClientText text = ClientText.Render(configuration with { Release = OsloReleases.Find("debian-12") }, ClientFormat.Text, Passwords.Revealed);
        await File.WriteAllTextAsync(file, text.Text, Cancellation);

        JsonNode result = await PythonClient.RunAsync(Cancellation, "talk", file);

        Assert.Equal(42, result["answer"]!.GetValue<int>());
        Assert.Equal("""{"publisher":"twinbus.test","event":"clients.test","payload":{"n":1}}""", result["notification"]!.ToJsonString());
    }

    private async Task<(string Type, bool Durable)> QueueAsync(MessagingBus bus, string name)
    {
        RabbitMqServer broker = await fixture.ServerAsync();
        JsonNode queue = (await broker.Administration.GetAsync($"queues/{bus.VirtualHost}/{name}", Cancellation))!;
        return (queue["arguments"]?["x-queue-type"]?.ToString() ?? "classic", queue["durable"]!.GetValue<bool>());
    }
}
