using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Rpc;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging;

/// <summary>How a transport is made. A record: change a copy with <c>with</c>.</summary>
public sealed record TransportOptions
{
    /// <summary>The drivers by scheme. Default: none but the in-memory one (<c>fake</c>), with a bus of its own.</summary>
    public DriverRegistry Drivers { get; init; } = DriverRegistry.Of(new InMemory.InMemoryDriver());

    /// <summary>The exchange of targets that name none (<c>control_exchange</c>). Default: <c>openstack</c>.</summary>
    public string ControlExchange { get; init; } = "openstack";

    /// <summary>How long a call waits unless it says otherwise (<c>rpc_response_timeout</c>). Default: 60 s.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>What may come in.</summary>
    public InboundLimits Limits { get; init; } = new();

    /// <summary>Ids that each listener remembers to recognise duplicates. Default: 16,384; at least 1.</summary>
    public int DuplicateWindow { get; init; } = Wire.DuplicateWindow.DefaultSize;

    /// <summary>Exceptions that cross the wire as themselves. Default: none, all become <see cref="RemoteErrorException"/>.</summary>
    public RemoteExceptions RemoteExceptions { get; init; } = RemoteExceptions.None;

    /// <summary>
    /// Told at once when the broker blocks all publishers (a memory or disk alarm) while this transport sends, and when that is
    /// over. It must return soon. Null: it is only logged. Default: null.
    /// </summary>
    public Action<PublishersBlocked>? Blocked { get; init; }

    /// <summary>Where all time comes from. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where logs go. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}
