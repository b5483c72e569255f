using System.Collections.Immutable;
using System.Globalization;
using Twinbus.Deployment.Model;
using Twinbus.Hosts;

namespace Twinbus.Deployment.Backends.External;

/// <summary>A transport URL that an operator gave, read as oslo.messaging reads it; what is wrong never quotes it, for it holds a password.</summary>
/// <param name="Address">What it says; null when it is wrong.</param>
/// <param name="Fault">What is wrong with it, as a phrase; null when nothing is.</param>
internal sealed record ExternalUrl(ExternalAddress? Address, string? Fault)
{
    public static ExternalUrl Parse(string url)
    {
        int scheme = url.IndexOf("://", StringComparison.Ordinal);
        if (scheme <= 0)
        {
            return Wrong("it has no scheme");
        }

        string rest = url[(scheme + 3)..].Split('#')[0];
        (string beforeQuery, string query) = Split(rest, '?');
        (string hosts, string path) = Split(beforeQuery, '/');
        if (Uri.UnescapeDataString(beforeQuery) is var plain && plain.Any(char.IsControl))
        {
            return Wrong("it has control characters in it");
        }

        List<(MessagingEndpoint Endpoint, string? User, string? Password)> parsed = [];
        foreach (string item in hosts.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            (string? credentials, string host) = item.LastIndexOf('@') is var at and >= 0 ? (item[..at], item[(at + 1)..]) : (null, item);
            if (Endpoint(host, 5672) is not { } endpoint)
            {
                return Wrong("a host or a port in it is none");
            }

            (string? user, string? password) = credentials?.IndexOf(':') switch
            {
                null => (null, null),
                < 0 => (Uri.UnescapeDataString(credentials), null),
                { } colon => (Uri.UnescapeDataString(credentials[..colon]), Uri.UnescapeDataString(credentials[(colon + 1)..])),
            };
            parsed.Add((endpoint, user, password));
        }

        if (parsed.Count == 0)
        {
            return Wrong("it names no host");
        }

        if (parsed.DistinctBy(host => (host.User, host.Password)).Count() > 1)
        {
            return Wrong("its hosts have different credentials: each host repeats user and password, since a client does not take them over from the first");
        }

        string virtualHost = Uri.UnescapeDataString(path);
        ImmutableArray<UrlOption> options = [.. query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(Option)];
        return new ExternalUrl(
            new ExternalAddress
            {
                Transport = url[..scheme].ToLowerInvariant().Split('+')[0],
                Endpoints = [.. parsed.Select(host => host.Endpoint)],
                VirtualHost = virtualHost.Length == 0 ? "/" : virtualHost,
                UserName = parsed[0].User,
                Password = parsed[0].Password is { } secret ? new Secret(secret) : null,
                UseTls = options.Any(option => option is { Key: "ssl", Value: "1" or "true" or "True" }),
                Query = options.RemoveAll(option => option.Key == "ssl"),
            },
            null);
    }

    /// <summary>A host with or without a port; null when it is neither.</summary>
    public static MessagingEndpoint? Endpoint(string text, int defaultPort)
    {
        string host = text;
        string? port = null;
        int bracket = text.IndexOf(']', StringComparison.Ordinal);
        if (text.StartsWith('[') && bracket > 0)
        {
            host = text[1..bracket];
            port = text.Length == bracket + 1 ? null : text[(bracket + 1)..].TrimStart(':');
        }
        else if (text.Count(letter => letter == ':') == 1)
        {
            (host, port) = Split(text, ':');
        }

        int number = defaultPort;
        bool isPort = port is null || int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        bool isHost = Uri.CheckHostName(host) is not UriHostNameType.Unknown;
        return isHost && isPort && number is > 0 and < 65536 ? new MessagingEndpoint(host, number) : null;
    }

    private static UrlOption Option(string text)
    {
        (string key, string value) = Split(text, '=');
        return new UrlOption(Uri.UnescapeDataString(key), Uri.UnescapeDataString(value));
    }

    private static (string Before, string After) Split(string text, char at)
    {
        int index = text.IndexOf(at, StringComparison.Ordinal);
        return index < 0 ? (text, "") : (text[..index], text[(index + 1)..]);
    }

    private static ExternalUrl Wrong(string fault) => new(null, fault);
}
