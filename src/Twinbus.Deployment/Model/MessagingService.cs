using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Twinbus.Deployment.Model;

/// <summary>The two kinds of traffic of oslo.messaging.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MessagingKind>))]
public enum MessagingKind
{
    /// <summary>Remote procedure calls: call, cast, fanout.</summary>
    [JsonStringEnumMemberName("rpc")]
    Rpc,

    /// <summary>Notifications.</summary>
    [JsonStringEnumMemberName("notify")]
    Notify,
}

/// <summary>What clients use: one kind of traffic on one backend, with its own user, virtual host and TLS.</summary>
public sealed record MessagingService
{
    /// <summary>Its name: <c>rpc</c> or <c>notify</c>; a further one has its kind first, such as <c>rpc-neutron</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it carries.</summary>
    public required MessagingKind Kind { get; init; }

    /// <summary>The backend's name, such as <c>rabbitmq</c>.</summary>
    public required string Backend { get; init; }

    /// <summary>The oslo.messaging driver that reaches it: the scheme of its transport URL, such as <c>rabbit</c>.</summary>
    public required string Transport { get; init; }

    /// <summary>The broker instance that carries it; null when it is external.</summary>
    public string? Instance { get; init; }

    /// <summary>Where clients connect, in order.</summary>
    public required ImmutableArray<MessagingEndpoint> Endpoints { get; init; }

    /// <summary>Its virtual host, such as <c>/</c>; null for a backend that has none.</summary>
    public string? VirtualHost { get; init; }

    /// <summary>The user that clients log in as; null when there is no login.</summary>
    public string? UserName { get; init; }

    /// <summary>The name that its password has in the deployment's secrets, such as <c>RpcPassword</c>.</summary>
    public string? PasswordName { get; init; }

    /// <summary>TLS as clients need it; null when the service is plaintext.</summary>
    public ClientTls? Tls { get; init; }

    /// <summary>Seconds after which a health check of it counts as failed; 1 to 300.</summary>
    public int HealthTimeoutSeconds { get; init; } = 10;

    /// <summary>The release of oslo.messaging that its clients run, as it was given; null when nobody said.</summary>
    public string? OsloMessagingRelease { get; init; }

    /// <summary>Further keys of the transport URL's query, in order.</summary>
    public ImmutableArray<UrlOption> Query { get; init; } = [];
}

/// <summary>Where a client connects.</summary>
/// <param name="Host">Name or address, an IPv6 address without brackets.</param>
/// <param name="Port">1 to 65535.</param>
public sealed record MessagingEndpoint(string Host, int Port);

/// <summary>A key and value of a transport URL's query, not yet encoded.</summary>
/// <param name="Key">The option's name.</param>
/// <param name="Value">Its value.</param>
public sealed record UrlOption(string Key, string Value);

/// <summary>What a client needs to speak TLS with a messaging service.</summary>
public sealed record ClientTls
{
    /// <summary>File on this machine with the certificates of the CA to trust; null: the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>File with the client's certificate, when the service asks for one.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>File with that certificate's key.</summary>
    public string? KeyFile { get; init; }
}
