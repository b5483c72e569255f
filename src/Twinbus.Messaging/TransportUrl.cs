using System.Collections.Immutable;
using System.Text;

namespace Twinbus.Messaging;

/// <summary>
/// Where a bus is and who we are there:
/// <c>scheme[+backend]://[user[:password]@]host[:port][,...]/[virtual host][?name=value&amp;...]</c>.
/// The grammar is oslo.messaging's: several hosts, each with its own credentials; percent-encoding; IPv6 in brackets.
/// </summary>
/// <remarks><see cref="ToString"/> hides every password; <see cref="Reveal"/> is the one way to the full text.</remarks>
public sealed class TransportUrl : IEquatable<TransportUrl>
{
    /// <summary>Builds a URL from its parts.</summary>
    /// <param name="scheme">The driver's scheme, such as <c>rabbit</c>; kept in lower case.</param>
    /// <param name="hosts">The hosts in failover order; may be empty, the driver then knows a default.</param>
    /// <param name="virtualHost">The virtual host, decoded. Null when the URL has no path, empty for <c>/</c>.</param>
    /// <param name="query">Options of the driver, which override those of the configuration.</param>
    public TransportUrl(
        string scheme,
        ImmutableArray<TransportHost> hosts,
        string? virtualHost = null,
        ImmutableSortedDictionary<string, string>? query = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(scheme);
        Scheme = scheme.ToLowerInvariant();
        Hosts = hosts.IsDefault ? [] : hosts;
        VirtualHost = virtualHost;
        Query = query ?? ImmutableSortedDictionary<string, string>.Empty;
    }

    /// <summary>The scheme in lower case, with its backend when it has one: <c>rabbit</c>, <c>zmq+redis</c>.</summary>
    public string Scheme { get; }

    /// <summary>The part of <see cref="Scheme"/> before <c>+</c>: it names the driver.</summary>
    public string Driver => Scheme.Split('+', 2)[0];

    /// <summary>The hosts in the order of the URL.</summary>
    public ImmutableArray<TransportHost> Hosts { get; }

    /// <summary>The virtual host, decoded; null when the URL has no path, empty for a single <c>/</c>.</summary>
    public string? VirtualHost { get; }

    /// <summary>The options in the query. A name that is given twice has its values joined with a comma.</summary>
    public ImmutableSortedDictionary<string, string> Query { get; }

    /// <summary>Reads a transport URL.</summary>
    /// <exception cref="TransportUrlException">The text is no transport URL: says what is wrong and at which character.</exception>
    public static TransportUrl Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TransportUrlParser.Parse(text);
    }

    /// <summary>A part of a transport URL as it is written there: all but the unreserved characters percent-encoded, as UTF-8.</summary>
    public static string Escape(string part)
    {
        ArgumentNullException.ThrowIfNull(part);
        return Uri.EscapeDataString(part);
    }

    /// <summary>The full text, passwords included. Never log it, never pass it in an argument list.</summary>
    public string Reveal() => Render(reveal: true);

    /// <summary>The text with every password as <c>***</c>.</summary>
    public override string ToString() => Render(reveal: false);

    /// <inheritdoc/>
    public bool Equals(TransportUrl? other) =>
        other is not null && Scheme == other.Scheme && VirtualHost == other.VirtualHost
        && Hosts.AsSpan().SequenceEqual(other.Hosts.AsSpan()) && Query.SequenceEqual(other.Query);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TransportUrl);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        HashCode.Combine(Scheme, VirtualHost, Hosts.Length, Hosts.Length == 0 ? null : Hosts[0]);

    private string Render(bool reveal)
    {
        var text = new StringBuilder(Scheme).Append("://");
        text.AppendJoin(',', Hosts.Select(host => host.Render(reveal))).Append('/');
        if (!string.IsNullOrEmpty(VirtualHost))
        {
            // One segment of the path, slashes and all, which no reader can take for another path.
            text.Append(Escape(VirtualHost));
        }

        char separator = '?';
        foreach ((string name, string value) in Query)
        {
            text.Append(separator).Append(Escape(name)).Append('=').Append(RenderOption(name, value, reveal));
            separator = '&';
        }

        return text.ToString();
    }

    private static string RenderOption(string name, string value, bool reveal) =>
        !reveal && name.Contains("password", StringComparison.OrdinalIgnoreCase)
            ? "***"
            // A query may hold slashes and colons, which keeps the names of files readable.
            : Escape(value).Replace("%2F", "/", StringComparison.Ordinal).Replace("%3A", ":", StringComparison.Ordinal);
}
