using System.Collections.Immutable;
using Twinbus.Deployment.Model;
using Twinbus.Messaging.Drivers;

namespace Twinbus.Deployment.Oslo;

/// <summary>What a driver of oslo.messaging has to be told so that it speaks with what was deployed.</summary>
internal abstract class ClientOptions
{
    /// <summary>The scheme of its transport URLs.</summary>
    public abstract string Scheme { get; }

    /// <summary>The group of its options in an oslo.config file; they can stand in the URL's query too, where they are for one bus.</summary>
    public abstract string Group { get; }

    /// <summary>The port of an address that names none; 1 to 65535.</summary>
    public abstract int DefaultPort { get; }

    /// <summary>The option of a transport URL that says nothing but that TLS is spoken; null when the driver has none.</summary>
    public virtual string? TlsSwitch => "ssl";

    /// <summary>Whether a client with these options in its URL speaks TLS.</summary>
    /// <exception cref="FormatException">The option that says so is neither true nor false; the message goes on after "which is".</exception>
    public virtual bool AsksForTls(IReadOnlyDictionary<string, string> query) =>
        TlsSwitch is { } name && query.TryGetValue(name, out string? value) && UrlOptionValue.Flag(value);

    /// <summary>Which characters of a part of its transport URL do not arrive at the broker, however they are encoded; none unless a driver says so.</summary>
    public virtual Func<char, bool> Loses(UrlPart part) => _ => false;

    /// <summary>Says what the bus needs.</summary>
    public abstract void Describe(BusNeeds needs);

    /// <summary>Which queues the clients of an instance shall declare; null when clients declare none.</summary>
    public virtual QueueKind? QueuesOf(BrokerInstance instance) => null;

    /// <summary>The topics that an instance has for notifications; none when clients may send to any.</summary>
    public virtual ImmutableArray<string> TopicsOf(BrokerInstance instance) => [];

    /// <summary>Why one client cannot have both buses, which this driver reaches; null when it can.</summary>
    public virtual Problem? Conflict(MessagingBus rpc, MessagingBus notify) => null;

    /// <summary>The driver's part of a transport such as <c>zmq+redis</c>.</summary>
    public static string SchemeOf(string transport) => transport.Split('+')[0];
}

/// <summary>A part of a transport URL that somebody chose.</summary>
internal enum UrlPart
{
    /// <summary>User or password.</summary>
    Login,

    /// <summary>The virtual host.</summary>
    VirtualHost,
}
