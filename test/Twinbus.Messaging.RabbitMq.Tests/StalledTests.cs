using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Notifications;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>A broker that takes messages and confirms none.</summary>
[Trait("Needs", "Broker")]
public sealed class StalledTests(OwnBroker broker) : IClassFixture<OwnBroker>
{
    private static CancellationToken Timeout => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    [Fact]
    public async Task ConnectionThatConfirmsNothingIsGivenUpForAnother()
    {
        RabbitMqVirtualHost host = await broker.Server.CreateVirtualHostAsync(Timeout);
        await using var relay = new DeafRelay(host.Port);
        await using Transport transport = Open(host, relay);
        var notifier = new Notifier(transport, "p", new NotifierOptions { Topics = ["n"] });
        await notifier.InfoAsync(MessageContext.Empty, "before", Payload.Null, Timeout);

        relay.Deafen();
        MessagingException error = await Assert.ThrowsAnyAsync<MessagingException>(
            () => notifier.InfoAsync(MessageContext.Empty, "unheard", Payload.Null, Timeout).AsTask());
        await notifier.InfoAsync(MessageContext.Empty, "after", Payload.Null, Timeout);

        Assert.Equal(MessagingErrorReason.Unconfirmed, error.Reason);
        Assert.Equal(2, relay.Connections);
    }

    /// <summary>It stands, and answers to nothing: it used to be asked again and again.</summary>
    [Fact]
    public async Task ConnectionOnWhichNoChannelOpensIsGivenUpForAnother()
    {
        RabbitMqVirtualHost host = await broker.Server.CreateVirtualHostAsync(Timeout);
        await using var relay = new DeafRelay(host.Port);
        await using Transport transport = Open(host, relay);
        await transport.ConnectAsync(Timeout);

        relay.Deafen();
        await new Notifier(transport, "p", new NotifierOptions { Topics = ["n"] }).InfoAsync(MessageContext.Empty, "e", Payload.Null, Timeout);

        Assert.Equal(2, relay.Connections);
    }

    /// <summary>The sender itself hangs then, in the middle of a message, with others behind it.</summary>
    [Fact]
    public async Task ConnectionThatTakesNothingIsGivenUpForAnother()
    {
        RabbitMqVirtualHost host = await broker.Server.CreateVirtualHostAsync(Timeout);
        await using var relay = new DeafRelay(host.Port);
        await using Transport transport = Open(host, relay);
        var notifier = new Notifier(transport, "p", new NotifierOptions { Topics = ["n"] });
        await notifier.InfoAsync(MessageContext.Empty, "before", Payload.Null, Timeout);

        relay.Cut();
        Payload megabyte = Payload.From(new string('x', 1 << 20));
        Task[] unheard = [.. Enumerable.Range(0, 300).Select(_ => notifier.InfoAsync(MessageContext.Empty, "unheard", megabyte, Timeout).AsTask())];
        await notifier.InfoAsync(MessageContext.Empty, "after", Payload.Null, Timeout);

        // What was on its way has an uncertain fate; what waited behind it goes another way.
        Exception?[] ends = await Task.WhenAll(unheard.Select(one => Record.ExceptionAsync(() => one).AsTask()));
        MessagingException?[] errors = [.. ends.Cast<MessagingException?>()];
        Assert.Contains(errors, error => error is null);
        Assert.Contains(errors, error => error is { Reason: MessagingErrorReason.Unconfirmed });
        Assert.All(errors, error => Assert.True(error is null or { Reason: MessagingErrorReason.Unconfirmed }, error?.ToString()));
        Assert.Equal(2, relay.Connections);
    }

    private static Transport Open(RabbitMqVirtualHost host, DeafRelay relay)
    {
        var drivers = DriverRegistry.Of(new RabbitMqDriver(new RabbitMqOptions
        {
            Publishing = new RabbitPublishOptions { StalledTimeout = TimeSpan.FromSeconds(2) },
            Connection = new RabbitConnectionOptions { ReconnectDelay = TimeSpan.FromSeconds(0.2) },
        }));
        return Transport.Create(
            $"rabbit://{host.User}:{host.Password}@127.0.0.1:{relay.Port}/{host.Name}", new TransportOptions { Drivers = drivers });
    }
}
