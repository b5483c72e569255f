using System.Text.Json;
using System.Text.Json.Nodes;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Rpc;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>Calls whose requests were written, and whose connection then brought nothing back.</summary>
[Trait("Needs", "Broker")]
public sealed class LostRequestTests(RabbitMqFixture broker)
{
    private static CancellationToken Timeout => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    [Fact]
    public async Task CallThatIsToldSoFailsWhenItsRequestIsLost()
    {
        await using LostRequest lost = await LostRequest.MakeAsync(await broker.CreateVirtualHostAsync(Timeout), Timeout);

        MessagingException error = await Assert.ThrowsAsync<MessageDeliveryException>(
            () => lost.CallAsync(new RpcClientOptions { FailWhenUnconfirmed = true, Timeout = TimeSpan.FromMinutes(10) }, Timeout));

        Assert.Equal(MessagingErrorReason.Unconfirmed, error.Reason);
        Assert.Contains($"127.0.0.1:{lost.Relay.Port}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TimeoutSaysThatTheRequestWasNeverConfirmed()
    {
        await using LostRequest lost = await LostRequest.MakeAsync(await broker.CreateVirtualHostAsync(Timeout), Timeout);

        MessagingTimeoutException before = await Assert.ThrowsAsync<MessagingTimeoutException>(
            () => lost.CallAsync(new RpcClientOptions { Timeout = TimeSpan.FromSeconds(0.5) }, Timeout));
        MessagingTimeoutException after = await Assert.ThrowsAsync<MessagingTimeoutException>(
            () => lost.CallAsync(new RpcClientOptions { Timeout = TimeSpan.FromSeconds(6) }, Timeout));

        Assert.Contains($"sent to 127.0.0.1:{lost.Relay.Port}, and was never confirmed", before.Message, StringComparison.Ordinal);
        Assert.Contains("may or may not have arrived", after.Message, StringComparison.Ordinal);
        Assert.All([before, after], error => Assert.DoesNotContain("Is a server running", error.Message, StringComparison.Ordinal));
    }

    /// <summary>A client that was connected through a relay which then swallows what the broker says to its sender.</summary>
    private sealed class LostRequest(DeafRelay relay, Transport sending) : IAsyncDisposable
    {
        private static readonly DriverRegistry Drivers = DriverRegistry.Of(new RabbitMqDriver(new RabbitMqOptions
        {
            Publishing = new RabbitPublishOptions { StalledTimeout = TimeSpan.FromSeconds(2) },
        }));

        public DeafRelay Relay { get; } = relay;

        public Transport Sending { get; } = sending;

        public static async Task<LostRequest> MakeAsync(RabbitMqVirtualHost host, CancellationToken cancellationToken)
        {
            var relay = new DeafRelay(host.Port);
            var transport = Transport.Create(
                $"rabbit://{host.User}:{host.Password}@127.0.0.1:{relay.Port}/{host.Name}", new TransportOptions { Drivers = Drivers });
            var client = new RpcClient(transport, new Target { Topic = "lost" });
            await using (var server = new RpcServer(
                transport, new Target { Topic = "lost", Server = "s" }, [new RpcEndpoint().Map("echo", (request, _) => ValueTask.FromResult<Payload>(request.ReadArguments()))]))
            {
                await server.StartAsync(cancellationToken);
                await client.CallAsync(MessageContext.Empty, "echo", new JsonObject { ["n"] = 1 }, cancellationToken);
            }

            relay.Deafen();
            return new LostRequest(relay, transport);
        }

        public Task<JsonElement> CallAsync(RpcClientOptions options, CancellationToken cancellationToken) =>
            new RpcClient(Sending, new Target { Topic = "lost" }, options).CallAsync(MessageContext.Empty, "echo", null, cancellationToken).AsTask();

        public async ValueTask DisposeAsync()
        {
            await Relay.DisposeAsync();
            await Sending.DisposeAsync();
        }
    }
}
