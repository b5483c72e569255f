using Twinbus.Messaging.Conformance;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.InMemory;

namespace Twinbus.Messaging.Tests;

public sealed class InMemoryFixture : ITransportFixture
{
    private readonly DriverRegistry drivers = DriverRegistry.Of(new InMemoryDriver());

    public Task<Transport> OpenAsync(Func<TransportOptions, TransportOptions>? change = null)
    {
        var options = new TransportOptions { Drivers = drivers };
        return Task.FromResult(Transport.Create("fake://", change is null ? options : change(options)));
    }
}

public sealed class InMemoryRpcTests(InMemoryFixture fixture) : RpcClaims(fixture), Xunit.IClassFixture<InMemoryFixture>;

public sealed class InMemoryNotificationTests(InMemoryFixture fixture)
    : NotificationClaims(fixture), Xunit.IClassFixture<InMemoryFixture>;
