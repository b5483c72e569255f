using System.Collections.Immutable;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;
using Twinbus.Deployment.Secrets;
using Twinbus.Messaging;

namespace Twinbus.Deployment.Clients;

/// <summary>
/// The transport URL of a messaging service as oslo.messaging reads it: credentials repeated for each host and
/// percent-encoded, IPv6 in brackets, the virtual host after the slash (<c>/</c> itself as nothing), TLS in the query.
/// </summary>
/// <remarks>Source: oslo.messaging's URL parser, and puppet-openstacklib's <c>os_transport_url</c>, which writes the same.</remarks>
public static class TransportUrlText
{
    /// <summary>With the password, which <see cref="TransportUrl.Reveal"/> writes and <c>ToString</c> hides.</summary>
    public static TransportUrl Full(MessagingService service, DeploymentSecrets secrets)
    {
        ArgumentNullException.ThrowIfNull(service);
        ArgumentNullException.ThrowIfNull(secrets);
        return OfService(MessagingBus.Of(service, secrets), null, need => need.InUrl);
    }

    /// <summary>With <c>***</c> where the password is.</summary>
    public static string Redacted(MessagingService service)
    {
        ArgumentNullException.ThrowIfNull(service);
        return OfService(MessagingBus.Of(service, secrets: null), null, need => need.InUrl).ToString();
    }

    /// <summary>
    /// All that a client on this machine needs to behave like those that <c>show config</c> configures: with the password, the
    /// kind of queues that was deployed, and the names of the TLS files here. Clients elsewhere have their files elsewhere.
    /// </summary>
    /// <exception cref="DeploymentException">A password is missing, or the release that the deployment names does not exist.</exception>
    public static TransportUrl Here(MessagingDeployment tier, MessagingService service, DeploymentSecrets secrets)
    {
        ArgumentNullException.ThrowIfNull(tier);
        ArgumentNullException.ThrowIfNull(service);
        ArgumentNullException.ThrowIfNull(secrets);
        OsloRelease? release = service.OsloMessagingRelease is { } named ? OsloReleases.Find(named) : null;
        return OfService(MessagingBus.Of(tier, service, secrets, BackendRegistry.Shipped.ClientOptionsOf(service.Transport)), release, need => need.InUrl || !need.IsOff);
    }

    internal static string Write(MessagingBus bus, IEnumerable<UrlOption> query, Passwords passwords)
    {
        TransportUrl url = Of(bus, query);
        return passwords == Passwords.Revealed ? url.Reveal() : url.ToString();
    }

    // Python since 3.12.9 and 3.13.2 (and distributions that took the fix) looks for one host behind the last @, and refuses a
    // bracket that is elsewhere. Names and addresses of both kinds in one URL are read in this order only; which host comes
    // first says nothing, since clients shuffle them.
    internal static IEnumerable<MessagingEndpoint> Readable(MessagingBus bus) =>
        bus.Endpoints.OrderBy(endpoint => endpoint.Host.Contains(':', StringComparison.Ordinal) != string.IsNullOrEmpty(bus.UserName));

    private static TransportUrl Of(MessagingBus bus, IEnumerable<UrlOption> query)
    {
        bool hasLogin = !string.IsNullOrEmpty(bus.UserName);
        return new TransportUrl(
            bus.Transport,
            [
                .. Readable(bus).Select(endpoint => new TransportHost
                {
                    Host = endpoint.Host,
                    Port = endpoint.Port == 0 ? null : endpoint.Port,
                    Username = hasLogin ? bus.UserName : null,
                    Password = hasLogin ? bus.Password?.Reveal() : null,
                }),
            ],
            // The path of a URL without a virtual host and of one with "/" are the same.
            bus.VirtualHost is null or "/" ? "" : bus.VirtualHost,
            query.Aggregate(ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal), (all, option) => all.SetItem(option.Key, option.Value)));
    }

    private static TransportUrl OfService(MessagingBus bus, OsloRelease? release, Func<OptionNeed, bool> isSaid)
    {
        BusNeeds needs = new(bus, release ?? OsloReleases.NewestWith(ClientOptions.SchemeOf(bus.Transport)) ?? OsloReleases.Newest);
        BackendRegistry.Shipped.ClientOptionsOf(bus.Transport)?.Describe(needs);
        IEnumerable<UrlOption> query = needs.Options
            .Where(need => isSaid(need) && need.Value.Length > 0)
            .Select(need => new UrlOption(need.Name, need.Value));
        return Of(bus, bus.Query.Concat(query));
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
