using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.RabbitMq;

namespace Twinbus.Cli.Invocation;

/// <summary>The messaging drivers that the command line comes with.</summary>
internal static class BusDrivers
{
    public static DriverRegistry All { get; } = DriverRegistry.Of(new RabbitMqDriver());
}
