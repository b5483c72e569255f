using Twinbus.Messaging.Conformance;
using Twinbus.Messaging.Drivers;
using Twinbus.Testing.RabbitMq;
using Xunit;

[assembly: AssemblyFixture(typeof(RabbitMqFixture))]

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>Transports to a virtual host of the class's own.</summary>
public sealed class RabbitMqTransportFixture(RabbitMqFixture broker) : ITransportFixture
{
    private readonly Lazy<Task<RabbitMqVirtualHost>> virtualHost = new(() => broker.CreateVirtualHostAsync());

    public Task<RabbitMqVirtualHost> VirtualHostAsync() => virtualHost.Value;

    public async Task<Transport> OpenAsync(Func<TransportOptions, TransportOptions>? change = null)
    {
        RabbitMqVirtualHost host = await virtualHost.Value;
        var options = new TransportOptions { Drivers = DriverRegistry.Of(new RabbitMqDriver()) };
        return Transport.Create(host.TransportUrl, change is null ? options : change(options));
    }
}

[Trait("Needs", "Broker")]
public sealed class RabbitMqRpcTests(RabbitMqTransportFixture fixture) : RpcClaims(fixture), IClassFixture<RabbitMqTransportFixture>;

[Trait("Needs", "Broker")]
public sealed class RabbitMqNotificationTests(RabbitMqTransportFixture fixture)
    : NotificationClaims(fixture), IClassFixture<RabbitMqTransportFixture>;
