using System.Diagnostics;
using System.Threading.Channels;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.Rpc;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>A broker under a memory alarm, which it raises and clears once for all of these.</summary>
public sealed class AlarmedBroker : IAsyncLifetime
{
    public RabbitMqServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await RabbitMqServer.StartAsync();
        await Server.BlockPublishersAsync();
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>What senders are told while the broker blocks all publishers.</summary>
[Trait("Needs", "Broker")]
public sealed class BlockedTests(AlarmedBroker broker) : IClassFixture<AlarmedBroker>
{
    private static CancellationToken Timeout => new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;

    [Fact]
    public async Task WhoSendsIsToldAtOnce()
    {
        var told = Channel.CreateUnbounded<PublishersBlocked>();
        using var log = new LogMemory();
        await using Transport transport = await OpenAsync(log, blocked => told.Writer.TryWrite(blocked));
        using var cancel = new CancellationTokenSource();
        Task sending = Notifier(transport, null).InfoAsync(MessageContext.Empty, "e", Payload.Null, cancel.Token).AsTask();

        PublishersBlocked blocked = await told.Reader.ReadAsync(Timeout);

        Assert.Equal(("memory alarm (low on memory)", $"127.0.0.1:{broker.Server.AmqpPort}"), (blocked.Reason, blocked.Endpoint));
        Assert.Contains($"{blocked.Endpoint} blocks all publishers: memory alarm", await log.NextAsync(2011, Timeout), StringComparison.Ordinal);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    [Fact]
    public async Task TimeoutNamesTheAlarmAndIsTheEndOfTheWholeProgram()
    {
        long start = Stopwatch.GetTimestamp();
        await using (Transport transport = await OpenAsync())
        {
            var client = new RpcClient(transport, new Target { Topic = "t" }, new RpcClientOptions { Timeout = TimeSpan.FromSeconds(2) });
            foreach (string method in (string[])["first", "second"])
            {
                MessagingTimeoutException error = await Assert.ThrowsAsync<MessagingTimeoutException>(
                    () => client.CallAsync(MessageContext.Empty, method, null, Timeout).AsTask());

                Assert.Contains("blocks all publishers: memory alarm", error.Message, StringComparison.Ordinal);
                Assert.DoesNotContain("Is a server running", error.Message, StringComparison.Ordinal);
            }
        }

        // Two deadlines of 2 s; what comes on top is connecting, and a moment to part.
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 4, 10);
    }

    [Fact]
    public async Task WithoutRetryNothingWaits()
    {
        await using Transport transport = await OpenAsync();
        Notifier notifier = Notifier(transport, 0);

        // It is this one that the broker answers to, and it may still take it.
        MessagingException first = await Assert.ThrowsAnyAsync<MessagingException>(
            () => notifier.InfoAsync(MessageContext.Empty, "e", Payload.Null, Timeout).AsTask());
        MessagingException second = await Assert.ThrowsAnyAsync<MessagingException>(
            () => notifier.InfoAsync(MessageContext.Empty, "e", Payload.Null, Timeout).AsTask());
        MessagingException call = await Assert.ThrowsAnyAsync<MessagingException>(
            () => new RpcClient(transport, new Target { Topic = "t" }, new RpcClientOptions { Retry = 0 }).CallAsync(MessageContext.Empty, "m", null, Timeout).AsTask());

        Assert.Equal(
            [MessagingErrorReason.Unconfirmed, MessagingErrorReason.PublisherBlocked, MessagingErrorReason.PublisherBlocked],
            [first.Reason, second.Reason, call.Reason]);
        Assert.All([first, second, call], error => Assert.Contains("memory alarm", error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task RetriesAreCountedWhileItIsBlocked()
    {
        await using Transport transport = await OpenAsync();
        await Assert.ThrowsAnyAsync<MessagingException>(
            () => Notifier(transport, 0).InfoAsync(MessageContext.Empty, "e", Payload.Null, Timeout).AsTask());

        MessagingException error = await Assert.ThrowsAnyAsync<MessagingException>(
            () => Notifier(transport, 2).InfoAsync(MessageContext.Empty, "e", Payload.Null, Timeout).AsTask());

        Assert.Equal(MessagingErrorReason.PublisherBlocked, error.Reason);
    }

    [Fact]
    public async Task WhatIsPostedWhenTheTransportIsDisposedIsToldSo()
    {
        Transport transport = await OpenAsync();
        await Assert.ThrowsAnyAsync<MessagingException>(
            () => Notifier(transport, 0).InfoAsync(MessageContext.Empty, "e", Payload.Null, Timeout).AsTask());
        Task[] sending = [.. Enumerable.Range(0, 10).Select(_ => Notifier(transport, null).InfoAsync(MessageContext.Empty, "e", Payload.Null, Timeout).AsTask())];

        await transport.DisposeAsync();

        foreach (Task one in sending)
        {
            MessagingException error = await Assert.ThrowsAnyAsync<MessagingException>(() => one.WaitAsync(TimeSpan.FromSeconds(1)));
            Assert.Contains("disposed", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task WhatWaitsIsBoundedInBytes()
    {
        await using Transport transport = await OpenAsync(publishing: new RabbitPublishOptions { MaxWaitingBytes = 1 << 20 });
        await Assert.ThrowsAnyAsync<MessagingException>(
            () => Notifier(transport, 0).InfoAsync(MessageContext.Empty, "e", Payload.Null, Timeout).AsTask());
        Payload large = Payload.From(new string('x', 300_000));

        Task[] sending = [.. Enumerable.Range(0, 4).Select(_ => Notifier(transport, null).InfoAsync(MessageContext.Empty, "e", large, Timeout).AsTask())];

        MessagingException error = await Assert.ThrowsAnyAsync<MessagingException>(() => sending[3]);
        Assert.Equal(MessagingErrorReason.PublisherBlocked, error.Reason);
        Assert.Contains("MaxWaitingBytes", error.Message, StringComparison.Ordinal);
        Assert.All(sending[..3], one => Assert.False(one.IsCompleted));
        await transport.DisposeAsync();
        await Assert.ThrowsAnyAsync<MessagingException>(() => Task.WhenAll(sending));
    }

    private static Notifier Notifier(Transport transport, int? retry) =>
        new(transport, "p", new NotifierOptions { Topics = ["n"], Retry = retry });

    private async Task<Transport> OpenAsync(LogMemory? log = null, Action<PublishersBlocked>? blocked = null, RabbitPublishOptions? publishing = null)
    {
        RabbitMqVirtualHost host = await broker.Server.CreateVirtualHostAsync(Timeout);
        var options = new TransportOptions
        {
            Drivers = DriverRegistry.Of(new RabbitMqDriver(new RabbitMqOptions
            {
                Publishing = publishing ?? new RabbitPublishOptions(),
                Connection = new RabbitConnectionOptions { RetryInterval = TimeSpan.FromSeconds(0.2), RetryBackoff = TimeSpan.FromSeconds(0.2) },
            })),
            Blocked = blocked,
        };
        return Transport.Create(host.TransportUrl, log is null ? options : options with { LoggerFactory = log });
    }
}
