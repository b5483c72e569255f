using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;
using Twinbus.Hosts;
using Twinbus.Messaging;

namespace Twinbus.Deployment.Backends.External;

/// <summary>The transport URL of an external broker; what is wrong with it never quotes it, for it holds a password.</summary>
/// <param name="Address">What it says; null when it is wrong.</param>
/// <param name="Fault">What is wrong with it, as a phrase; null when nothing is.</param>
internal sealed record ExternalUrl(ExternalAddress? Address, string? Fault)
{
    private const int UsualPort = 5672;

    public static ExternalUrl Parse(string text, BackendRegistry backends)
    {
        TransportUrl url;
        try
        {
            url = TransportUrl.Parse(text);
        }
        catch (TransportUrlException fault)
        {
            return Wrong($"at character {fault.Position + 1}, {fault.Why.Split(';')[0]}");
        }

        ClientOptions? driver = backends.ClientOptionsOf(url.Driver);
        MessagingEndpoint?[] endpoints = [.. url.Hosts.Select(host => Endpoint(host, driver?.DefaultPort ?? UsualPort))];
        if (Parts(url).Any(part => part.Any(char.IsControl)))
        {
            return Wrong("it has control characters in it");
        }

        if (endpoints.Contains(null))
        {
            return Wrong("the name of a host in it is none");
        }

        if (endpoints.Length == 0)
        {
            return Wrong("it names no host");
        }

        if (url.Hosts.DistinctBy(host => (host.Username, host.Password)).Count() > 1)
        {
            return Wrong("its hosts have different credentials: each host repeats user and password, since a client does not take them over from the first");
        }

        return Read(url, driver, [.. endpoints.OfType<MessagingEndpoint>()]);
    }

    /// <summary>A host with or without a port; null when it is neither.</summary>
    public static MessagingEndpoint? Endpoint(string text, int defaultPort)
    {
        try
        {
            return TransportHost.Parse(text) is { Username: null, Password: null } host ? Endpoint(host, defaultPort) : null;
        }
        catch (TransportUrlException)
        {
            return null;
        }
    }

    private static MessagingEndpoint? Endpoint(TransportHost host, int defaultPort) =>
        host.Host is { } name && Uri.CheckHostName(name) is not UriHostNameType.Unknown ? new MessagingEndpoint(name, host.Port ?? defaultPort) : null;

    private static ExternalUrl Read(TransportUrl url, ClientOptions? driver, ReadOnlySpan<MessagingEndpoint> endpoints)
    {
        bool usesTls = false;
        try
        {
            usesTls = driver?.AsksForTls(url.Query) ?? false;
        }
        catch (FormatException fault)
        {
            return Wrong($"its option {driver!.TlsSwitch} is {fault.Message}");
        }

        return new ExternalUrl(
            new ExternalAddress
            {
                Transport = url.Scheme,
                Endpoints = [.. endpoints],
                VirtualHost = string.IsNullOrEmpty(url.VirtualHost) ? "/" : url.VirtualHost,
                UserName = url.Hosts[0].Username,
                Password = url.Hosts[0].Password is { } secret ? new Secret(secret) : null,
                UseTls = usesTls,
                Query = [.. url.Query.Where(option => option.Key != driver?.TlsSwitch).Select(option => new UrlOption(option.Key, option.Value))],
            },
            null);
    }

    private static IEnumerable<string> Parts(TransportUrl url) =>
        url.Hosts.SelectMany(host => new[] { host.Host, host.Username, host.Password }).Append(url.VirtualHost).OfType<string>()
            .Concat(url.Query.SelectMany(option => new[] { option.Key, option.Value }));

    private static ExternalUrl Wrong(string fault) => new(null, fault);
}
