using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Twinbus.Deployment.Certificates;

/// <summary>What a server is called by those who connect to it: what its certificate must be good for.</summary>
/// <param name="Dns">Names, in lower case, sorted, each once.</param>
/// <param name="Addresses">IPv4 and IPv6 addresses in text, sorted, each once.</param>
public sealed record ServerNames(ImmutableArray<string> Dns, ImmutableArray<string> Addresses)
{
    private const string SubjectAlternativeName = "2.5.29.17";

    private static readonly string[] Loopback = ["localhost", "127.0.0.1", "::1"];

    /// <summary>No names: what a client's certificate has.</summary>
    public static ServerNames None { get; } = new([], []);

    /// <summary>All of them, names first.</summary>
    public IEnumerable<string> All => Dns.Concat(Addresses);

    /// <summary>Sorts <paramref name="hosts"/>, names and addresses mixed, into the two.</summary>
    /// <param name="hosts">Names and addresses; an IPv6 address without brackets.</param>
    /// <param name="isLocal">Whether the server is also reached by this machine's loopback names.</param>
    public static ServerNames Of(IEnumerable<string> hosts, bool isLocal = false)
    {
        ArgumentNullException.ThrowIfNull(hosts);
        SortedSet<string> dns = new(StringComparer.Ordinal);
        SortedSet<string> addresses = new(StringComparer.Ordinal);
        foreach (string host in isLocal ? hosts.Concat(Loopback) : hosts)
        {
            if (IPAddress.TryParse(host, out IPAddress? address))
            {
                addresses.Add(Canonical(address));
            }
            else
            {
                dns.Add(host.ToLowerInvariant());
            }
        }

        return new ServerNames([.. dns], [.. addresses]);
    }

    /// <summary>Those of these names for which <paramref name="certificate"/> is not good; its common name counts for nothing.</summary>
    internal IEnumerable<string> NotCoveredBy(X509Certificate2 certificate)
    {
        // An extension that cannot be read is good for no name; X509Certificate2.MatchesHostname would throw.
        return Read(certificate) is null
            ? All
            : All.Where(name => !certificate.MatchesHostname(name, allowWildcards: true, allowCommonName: false));
    }

    /// <summary>The names in a certificate as a reader wants to see them: <c>a.example, 192.0.2.1</c>.</summary>
    internal static string Describe(X509Certificate2 certificate) => Read(certificate) switch
    {
        null => "names that cannot be read",
        [] => "no name at all",
        { } names => string.Join(", ", names),
    };

    /// <inheritdoc/>
    public bool Equals(ServerNames? other) =>
        other is not null && Dns.SequenceEqual(other.Dns) && Addresses.SequenceEqual(other.Addresses);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Dns.Length, Addresses.Length, All.FirstOrDefault());

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", All);

    internal X509Extension? ToExtension()
    {
        if (Dns.IsEmpty && Addresses.IsEmpty)
        {
            return null;
        }

        SubjectAlternativeNameBuilder builder = new();
        foreach (string name in Dns)
        {
            builder.AddDnsName(name);
        }

        foreach (string address in Addresses)
        {
            builder.AddIpAddress(IPAddress.Parse(address));
        }

        return builder.Build();
    }

    private static List<string>? Read(X509Certificate2 certificate)
    {
        if (certificate.Extensions[SubjectAlternativeName] is not { } extension)
        {
            return [];
        }

        try
        {
            X509SubjectAlternativeNameExtension names = new(extension.RawData);
            return [.. names.EnumerateDnsNames(), .. names.EnumerateIPAddresses().Select(Canonical)];
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException)
        {
            return null;
        }
    }

    private static string Canonical(IPAddress address) =>
        (address.AddressFamily == AddressFamily.InterNetworkV6 && address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
}
