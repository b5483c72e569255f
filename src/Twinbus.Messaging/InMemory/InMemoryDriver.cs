using System.Collections.Concurrent;
using System.Collections.Immutable;
using Twinbus.Messaging.Drivers;

namespace Twinbus.Messaging.InMemory;

/// <summary>
/// The driver of <c>fake://</c>: a bus in this process, with the same envelopes, acknowledgements and limits as a broker's.
/// All transports made with one driver object and one virtual host share a bus.
/// </summary>
public sealed class InMemoryDriver : IMessagingDriver
{
    private readonly ConcurrentDictionary<string, InMemoryBus> buses = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public ImmutableArray<string> Schemes => ["fake"];

    /// <inheritdoc/>
    public DriverCapabilities Capabilities { get; } = new(Rpc: true, Notifications: true, StoresNotifications: true, Requeues: true, DeadLetters: true);

    /// <inheritdoc/>
    public IMessagingConnection Open(TransportUrl url, DriverContext context)
    {
        ArgumentNullException.ThrowIfNull(url);
        ArgumentNullException.ThrowIfNull(context);
        if (!url.Query.IsEmpty)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidTransportUrl,
                $"The in-memory driver has no options, so {url} may not have '{url.Query.Keys.First()}'.");
        }

        return new InMemoryConnection(Bus(url.VirtualHost ?? ""), context);
    }

    /// <summary>The bus of a virtual host, to see and say on it what no connection would.</summary>
    internal InMemoryBus Bus(string virtualHost = "") => buses.GetOrAdd(virtualHost, static _ => new InMemoryBus());
}
