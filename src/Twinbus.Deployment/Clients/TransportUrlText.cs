using System.Text;
using Twinbus.Deployment.Clients.Drivers;
using Twinbus.Deployment.Clients.Releases;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Secrets;
using Twinbus.Hosts;

namespace Twinbus.Deployment.Clients;

/// <summary>
/// The transport URL of a messaging service as oslo.messaging reads it: credentials repeated for each host and
/// percent-encoded, IPv6 in brackets, the virtual host after the slash (<c>/</c> itself as nothing), TLS in the query.
/// </summary>
/// <remarks>Source: oslo.messaging's URL parser, and puppet-openstacklib's <c>os_transport_url</c>, which writes the same.</remarks>
public static class TransportUrlText
{
    /// <summary>With the password, so itself a secret.</summary>
    public static Secret Full(MessagingService service, DeploymentSecrets secrets)
    {
        ArgumentNullException.ThrowIfNull(service);
        ArgumentNullException.ThrowIfNull(secrets);
        return new Secret(OfService(MessagingBus.Of(service, secrets), Passwords.Revealed));
    }

    /// <summary>With <c>***</c> where the password is.</summary>
    public static string Redacted(MessagingService service)
    {
        ArgumentNullException.ThrowIfNull(service);
        return OfService(MessagingBus.Of(service, secrets: null), Passwords.Hidden);
    }

    /// <summary>
    /// With the password and the names of the TLS files on this machine: all that a client here needs. Clients elsewhere
    /// have their files elsewhere.
    /// </summary>
    public static Secret Here(MessagingService service, DeploymentSecrets secrets)
    {
        ArgumentNullException.ThrowIfNull(service);
        ArgumentNullException.ThrowIfNull(secrets);
        string?[] files = [service.Tls?.AuthorityFile, service.Tls?.CertificateFile, service.Tls?.KeyFile];
        return new Secret(OfService(MessagingBus.Of(service, secrets), Passwords.Revealed, need => need.InUrl || files.Contains(need.Value)));
    }

    internal static string Write(MessagingBus bus, IEnumerable<UrlOption> query, Passwords passwords)
    {
        string user = Credentials(bus, passwords);
        StringBuilder url = new($"{bus.Transport}://");
        url.AppendJoin(',', Readable(bus).Select(endpoint => $"{user}{Bracket(endpoint.Host)}{(endpoint.Port == 0 ? "" : $":{endpoint.Port}")}"));
        url.Append('/').Append(VirtualHost(bus.VirtualHost));
        string options = string.Join('&', query.Select(option => $"{Encode(option.Key)}={EncodeValue(option.Value)}"));
        return (options.Length == 0 ? url : url.Append('?').Append(options)).ToString();
    }

    // Python since 3.12.9 and 3.13.2 (and distributions that took the fix) looks for one host behind the last @, and refuses a
    // bracket that is elsewhere. Names and addresses of both kinds in one URL are read in this order only; which host comes
    // first says nothing, since clients shuffle them.
    internal static IEnumerable<MessagingEndpoint> Readable(MessagingBus bus) =>
        bus.Endpoints.OrderBy(endpoint => endpoint.Host.Contains(':', StringComparison.Ordinal) != string.IsNullOrEmpty(bus.UserName));

    // Unreserved characters stay, as in urllib's quote(safe='') on the other side.
    internal static string Encode(string text) => Uri.EscapeDataString(text);

    // A query may hold slashes and colons, which keeps the names of files readable.
    private static string EncodeValue(string text) =>
        Encode(text).Replace("%2F", "/", StringComparison.Ordinal).Replace("%3A", ":", StringComparison.Ordinal);

    internal static string Bracket(string host) => host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;

    // The path of a URL without a virtual host and of one with "/" are the same.
    private static string VirtualHost(string? name) => name is null or "/" ? "" : Encode(name);

    private static string Credentials(MessagingBus bus, Passwords passwords)
    {
        if (string.IsNullOrEmpty(bus.UserName))
        {
            return "";
        }

        string password = bus.Password is { } secret ? $":{(passwords == Passwords.Revealed ? Encode(secret.Reveal()) : Secret.Redacted)}" : "";
        return $"{Encode(bus.UserName)}{password}@";
    }

    private static string OfService(MessagingBus bus, Passwords passwords) => OfService(bus, passwords, need => need.InUrl);

    private static string OfService(MessagingBus bus, Passwords passwords, Func<OptionNeed, bool> isSaid)
    {
        BusNeeds needs = new(bus, OsloReleases.NewestWith(ClientDriver.SchemeOf(bus.Transport)) ?? OsloReleases.Newest);
        ClientDriver.Of(bus.Transport)?.Describe(needs);
        IEnumerable<UrlOption> query = needs.Options
            .Where(isSaid)
            .Select(need => new UrlOption(need.Name, need.Value));
        return Write(bus, bus.Query.Concat(query), passwords);
    }
}

/// <summary>Whether passwords are printed.</summary>
public enum Passwords
{
    /// <summary>As <c>***</c>.</summary>
    Hidden,

    /// <summary>As they are: the text is then a secret itself.</summary>
    Revealed,
}
