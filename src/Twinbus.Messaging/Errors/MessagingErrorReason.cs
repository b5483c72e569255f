namespace Twinbus.Messaging;

/// <summary>Why a messaging operation failed, for code that has to decide and not only to report.</summary>
public enum MessagingErrorReason
{
    /// <summary>The transport URL cannot be read, or names an option that the driver does not have.</summary>
    InvalidTransportUrl,

    /// <summary>No registered driver has the URL's scheme.</summary>
    UnknownScheme,

    /// <summary>A target lacks what the operation needs, or has what it forbids.</summary>
    InvalidTarget,

    /// <summary>Options contradict each other or are out of range.</summary>
    InvalidOptions,

    /// <summary>The host name is unknown.</summary>
    HostNotFound,

    /// <summary>Nothing listens at the address.</summary>
    ConnectionRefused,

    /// <summary>The broker did not answer in time while connecting, or the network does not lead there.</summary>
    Unreachable,

    /// <summary>The broker refuses the user name or the password.</summary>
    AccessRefused,

    /// <summary>The virtual host does not exist, or this user may not use it.</summary>
    VirtualHostRefused,

    /// <summary>The TLS handshake failed: certificate, host name or protocol.</summary>
    TlsFailure,

    /// <summary>An established connection was lost or closed by the broker.</summary>
    ConnectionLost,

    /// <summary>The broker has blocked publishers (memory or disk alarm).</summary>
    PublisherBlocked,

    /// <summary>An exchange or queue exists with other arguments (406 PRECONDITION_FAILED).</summary>
    DeclarationConflict,

    /// <summary>The broker does not let this user do this.</summary>
    OperationRefused,

    /// <summary>The broker said that it did not take the message.</summary>
    Rejected,

    /// <summary>The message was written, but its confirmation never came: it may or may not have arrived.</summary>
    Unconfirmed,

    /// <summary>The message was mandatory and no queue takes it (312 NO_ROUTE).</summary>
    Undeliverable,

    /// <summary>No reply before the deadline.</summary>
    Timeout,

    /// <summary>The method is not there, or the access policy keeps it from being called.</summary>
    NoSuchMethod,

    /// <summary>No endpoint has this namespace and a compatible version.</summary>
    UnsupportedVersion,

    /// <summary>The client's version cap does not allow this version.</summary>
    VersionCap,

    /// <summary>The server's method raised an exception.</summary>
    RemoteError,

    /// <summary>The server did not run the method, since the request was delivered before and may have run then.</summary>
    MayHaveRun,

    /// <summary>What arrived is not a message of this protocol.</summary>
    MalformedMessage,

    /// <summary>The operation is not supported by the driver.</summary>
    NotSupported,

    /// <summary>The message is larger or deeper than its receivers read; it was not sent.</summary>
    BeyondLimits,

    /// <summary>The message is larger than the broker takes (its <c>max_message_size</c>); nobody got it.</summary>
    MessageTooLarge,

    /// <summary>
    /// The broker refuses what was asked for, whoever asks: a kind of queue that it does not permit, a limit that is reached, a queue
    /// that another has for itself.
    /// </summary>
    Refused,
}
