using RabbitMQ.Client.Events;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.Rpc;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>A refusal is told as one: in the broker's own words, with what to do, and never as a lost connection.</summary>
public sealed class RefusalTests
{
    /// <summary>As RabbitMQ 4.0.5 says it.</summary>
    public const string NoTransientQueues = "INTERNAL_ERROR - Feature `transient_nonexcl_queues` is deprecated.\n"
        + "Its use is not permitted per the configuration (overriding the default, which is permitted):\n"
        + "    \"deprecated_features.permit.transient_nonexcl_queues = false\"\nIts use will not be permit...";

    [Theory]
    [InlineData(403, "ACCESS_REFUSED - configure access to queue 'q' in vhost 'v' refused for user 'u'", MessagingErrorReason.OperationRefused, false)]
    [InlineData(404, "NOT_FOUND - no queue 'q' in vhost 'v'", MessagingErrorReason.Undeliverable, true)]
    [InlineData(405, "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'q'", MessagingErrorReason.Refused, false)]
    [InlineData(406, "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'q'", MessagingErrorReason.DeclarationConflict, false)]
    [InlineData(406, "PRECONDITION_FAILED - cannot declare queue 'q': queue limit in vhost 'v' (1) is reached", MessagingErrorReason.Refused, false)]
    [InlineData(406, "PRECONDITION_FAILED - delivery acknowledgement on channel 2 timed out. Timeout value used: 1000 ms.", MessagingErrorReason.Rejected, true)]
    [InlineData(406, "PRECONDITION_FAILED - unknown delivery tag 7", MessagingErrorReason.Rejected, true)]
    [InlineData(530, "NOT_ALLOWED - vhost v is down", MessagingErrorReason.Refused, false)]
    [InlineData(540, "NOT_IMPLEMENTED - queue type", MessagingErrorReason.Refused, false)]
    [InlineData(541, "INTERNAL_ERROR - Cannot declare queue: cluster_not_formed", MessagingErrorReason.Rejected, true)]
    [InlineData(541, NoTransientQueues, MessagingErrorReason.Refused, false)]
    public void RefusalIsNoLostConnection(ushort code, string words, MessagingErrorReason reason, bool transient)
    {
        MessagingException error = RabbitErrors.Closed("h:5672", "Listening on q", new ShutdownEventArgs(RabbitMQ.Client.ShutdownInitiator.Peer, code, words));

        Assert.Equal(reason, error.Reason);
        Assert.Equal(transient, error.IsTransient);
        Assert.DoesNotContain("lost (", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("connection to", error.Message, StringComparison.Ordinal);
        Assert.Contains(words.Split('\n')[0], error.Message, StringComparison.Ordinal);
        Assert.Contains("h:5672", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void RefusedTransientQueuesNameTheOptionsThatDoWithout()
    {
        MessagingException error = RabbitErrors.Closed("h:5672", "Listening on q", new ShutdownEventArgs(RabbitMQ.Client.ShutdownInitiator.Peer, 541, NoTransientQueues));

        Assert.Contains("rabbit_transient_quorum_queue=true", error.Message, StringComparison.Ordinal);
        Assert.Contains("deprecated_features.permit.transient_nonexcl_queues = true", error.Message, StringComparison.Ordinal);
    }
}

/// <summary>A broker that takes no transient queues, as RabbitMQ 4.3 by default.</summary>
[Trait("Needs", "Broker")]
public sealed class TransientQueuesRefusedTests(RabbitMqFixture broker)
{
    private static CancellationToken Timeout => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    [Fact]
    public async Task ServerSaysTheBrokersWordsAtOnce() => await RefusedAsync(async transport =>
    {
        await using var server = new RpcServer(transport, new Target { Topic = "refused", Server = "s" }, []);
        await server.StartAsync(Timeout);
    });

    [Fact]
    public async Task ListenerSaysTheBrokersWordsAtOnce() => await RefusedAsync(async transport =>
    {
        await using var listener = new NotificationListener(
            transport, [new Target { Topic = "refused" }], [new NotificationEndpoint().OnAny((_, _) => ValueTask.CompletedTask)]);
        await listener.StartAsync(Timeout);
    });

    [Fact]
    public async Task CallSaysTheBrokersWordsAtOnce() => await RefusedAsync(async transport =>
        await new RpcClient(transport, new Target { Topic = "refused" }).CallAsync(MessageContext.Empty, "m", null, Timeout));

    [Fact]
    public async Task NotificationSaysTheBrokersWordsAtOnce() => await RefusedAsync(async transport =>
        await new Notifier(transport, "p", new NotifierOptions { Topics = ["refused"] }).InfoAsync(MessageContext.Empty, "e", Payload.Null, Timeout));

    [Fact]
    public async Task QuorumQueuesThroughoutDoWithoutTransientOnes()
    {
        await WithRelayAsync("?rabbit_quorum_queue=true&rabbit_transient_quorum_queue=true", async transport =>
        {
            var endpoint = new RpcEndpoint().Map("echo", (request, _) => ValueTask.FromResult<Payload>(request.ReadArguments()));
            await using var server = new RpcServer(transport, new Target { Topic = "taken", Server = "s" }, [endpoint]);
            await server.StartAsync(Timeout);
            await new RpcClient(transport, new Target { Topic = "taken" }).CallAsync(MessageContext.Empty, "echo", null, Timeout);
        });
    }

    private async Task RefusedAsync(Func<Transport, Task> work)
    {
        MessagingException? error = null;
        await WithRelayAsync("", async transport => error = await Assert.ThrowsAnyAsync<MessagingException>(() => work(transport)));

        Assert.Equal(MessagingErrorReason.Refused, error!.Reason);
        Assert.False(error.IsTransient);
        Assert.Contains("Feature `transient_nonexcl_queues` is deprecated", error.Message, StringComparison.Ordinal);
        Assert.Contains("rabbit_transient_quorum_queue", error.Message, StringComparison.Ordinal);
    }

    private async Task WithRelayAsync(string query, Func<Transport, Task> work)
    {
        RabbitMqVirtualHost host = await broker.CreateVirtualHostAsync(Timeout);
        await using var relay = new AmqpRelay(host.Port)
        {
            Refuses = frame => frame.MethodId == AmqpRelay.QueueDeclare && (frame.DeclarationFlags & 2) == 0
                ? new AmqpRelay.Refusal(AmqpRelay.ConnectionClose, 541, RefusalTests.NoTransientQueues)
                : null,
        };
        await using var transport = Transport.Create(
            $"rabbit://{host.User}:{host.Password}@127.0.0.1:{relay.Port}/{host.Name}{query}",
            new TransportOptions { Drivers = DriverRegistry.Of(new RabbitMqDriver()) });
        await work(transport);
    }
}
