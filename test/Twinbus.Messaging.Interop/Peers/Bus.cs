using Microsoft.Extensions.Logging;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.RabbitMq;
using Twinbus.Messaging.Rpc;

namespace Twinbus.Messaging.Interop.Peers;

/// <summary>Our side of a bus.</summary>
internal static class Bus
{
    public static Transport Open(string url, RemoteExceptions? exceptions = null, ILoggerFactory? logs = null)
    {
        TransportOptions options = new()
        {
            Drivers = DriverRegistry.Of(new RabbitMqDriver()),
            RemoteExceptions = exceptions ?? RemoteExceptions.None,
            ResponseTimeout = TimeSpan.FromSeconds(20),
        };
        return Transport.Create(url, logs is null ? options : options with { LoggerFactory = logs });
    }
}
