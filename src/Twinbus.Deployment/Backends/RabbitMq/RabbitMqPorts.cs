using System.Collections.Immutable;
using Twinbus.Deployment.Model;

namespace Twinbus.Deployment.Backends.RabbitMq;

/// <summary>The ports of a RabbitMQ instance.</summary>
internal static class RabbitMqPorts
{
    /// <summary>AMQP 0-9-1 in plaintext, as registered with IANA.</summary>
    public const int Amqp = 5672;

    /// <summary>The same over TLS (amqps).</summary>
    public const int Amqps = 5671;

    /// <summary>A management API, on loopback.</summary>
    public const string Management = "management";

    /// <summary>Erlang distribution.</summary>
    public const string Distribution = "distribution";

    /// <summary>The instance's own Erlang port mapper.</summary>
    public const string Epmd = "epmd";

    /// <summary>First of the ports that command-line tools listen on while they run.</summary>
    public const string CommandLineFirst = "command-line-first";

    /// <summary>Last of them.</summary>
    public const string CommandLineLast = "command-line-last";

    public static ImmutableArray<PortRequirement> All { get; } =
    [
        new(PortPurpose.Client, "Port") { Usual = new UsualPorts(Amqp, Amqps) },
        new(Management, "RabbitManagementPort"),
        new(Distribution, "RabbitDistributionPort"),
        new(Epmd, "RabbitEpmdPort"),
        new(CommandLineFirst, "RabbitCommandLinePort") { Count = 10, LastPurpose = CommandLineLast, IsBrief = true },
    ];
}
