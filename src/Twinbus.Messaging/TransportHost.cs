using System.Net;
using System.Net.Sockets;

namespace Twinbus.Messaging;

/// <summary>One broker address of a transport URL. Credentials belong to one host and are not inherited by the next.</summary>
public sealed record TransportHost
{
    /// <summary>Host name or address; an IPv6 address stands here without brackets. Null when the URL leaves it out.</summary>
    public string? Host { get; init; }

    /// <summary>TCP port, 1 to 65535. Null when the URL leaves it out; the driver then knows its own.</summary>
    public int? Port { get; init; }

    /// <summary>User name, decoded. Null when none was given; empty for <c>:password@host</c>.</summary>
    public string? Username { get; init; }

    /// <summary>Password, decoded. Null when none was given. Never part of <see cref="ToString"/>.</summary>
    public string? Password { get; init; }

    /// <summary>The address as a log or an error shows it: <c>host:port</c>, an IPv6 host in brackets, no credentials.</summary>
    public string Endpoint
    {
        get
        {
            string host = Host is null ? "" : Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
            return Port is { } port ? $"{host}:{port}" : host;
        }
    }

    /// <summary>Reads one address of a transport URL, <c>[user[:password]@]host[:port]</c>; of an IPv6 address without a port the brackets may be missing.</summary>
    /// <exception cref="TransportUrlException">It is none: says what is wrong and at which character.</exception>
    public static TransportHost Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TransportUrlParser.ReadHost(IPAddress.TryParse(text, out IPAddress? address) && address.AddressFamily == AddressFamily.InterNetworkV6 && !text.StartsWith('[') ? $"[{text}]" : text, 0);
    }

    /// <summary>The address with its user name; a password is shown as <c>***</c>.</summary>
    public override string ToString() => Render(reveal: false);

    internal string Render(bool reveal)
    {
        if (Username is null && Password is null)
        {
            return Endpoint;
        }

        string user = Username is null ? "" : TransportUrl.Escape(Username);
        string password = Password is null ? "" : ":" + (reveal ? TransportUrl.Escape(Password) : "***");
        return $"{user}{password}@{Endpoint}";
    }
}
