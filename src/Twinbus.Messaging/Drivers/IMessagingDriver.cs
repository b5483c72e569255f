using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.Drivers;

/// <summary>
/// The port that a driver fills: it turns a transport URL of one of its schemes into a connection. Stateless, or with
/// a state that its connections are meant to share (the in-memory bus).
/// </summary>
public interface IMessagingDriver
{
    /// <summary>The schemes it answers to, in lower case and without a <c>+backend</c>.</summary>
    ImmutableArray<string> Schemes { get; }

    /// <summary>What it can do; asked before anything is tried.</summary>
    DriverCapabilities Capabilities { get; }

    /// <summary>
    /// The options of the URL that oslo.messaging knows and that mean nothing to this driver: it takes them, so that one URL
    /// serves all clients of a bus, and a note says so. Default: none.
    /// </summary>
    ImmutableArray<string> IgnoredOptions(TransportUrl url) => [];

    /// <summary>Makes a connection; opens no socket yet.</summary>
    /// <exception cref="MessagingException">The URL has an option that this driver does not know, or a wrong value.</exception>
    IMessagingConnection Open(TransportUrl url, DriverContext context);
}

/// <summary>What a driver can do.</summary>
/// <param name="Rpc">Carries calls and casts.</param>
/// <param name="Notifications">Carries notifications.</param>
/// <param name="StoresNotifications">Keeps notifications while nobody listens.</param>
/// <param name="Requeues">Can give a notification back to its queue.</param>
/// <param name="DeadLetters">Can put a notification that was received into another queue.</param>
public sealed record DriverCapabilities(bool Rpc, bool Notifications, bool StoresNotifications, bool Requeues, bool DeadLetters = false);

/// <summary>What the library lends to a driver.</summary>
public sealed record DriverContext
{
    /// <summary>The exchange of targets that name none. Default: <c>openstack</c>.</summary>
    public string ControlExchange { get; init; } = "openstack";

    /// <summary>What may come in.</summary>
    public InboundLimits Limits { get; init; } = new();

    /// <summary>Ids that a listener remembers to recognise duplicates. Default: 16,384; at least 1.</summary>
    public int DuplicateWindow { get; init; } = Wire.DuplicateWindow.DefaultSize;

    /// <summary>All deadlines, delays and timestamps come from here.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Told when the broker takes no messages for now, and when it does again. Null: nobody is.</summary>
    public Action<PublishersBlocked>? Blocked { get; init; }

    /// <summary>The driver's log.</summary>
    public required ILogger Logger { get; init; }
}
