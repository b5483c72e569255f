using Twinbus.Operations.Deploys;

namespace Twinbus.Operations.Documents;

/// <summary>The transport URL of each messaging service: <c>show urls --format json</c>.</summary>
public sealed record UrlsDocument() : Document("twinbus-urls", 1)
{
    /// <summary>The URLs by the service's name, in the services' order.</summary>
    public required OrderedDictionary<string, string> Urls { get; init; }

    /// <summary>The document of <paramref name="services"/>.</summary>
    public static UrlsDocument Of(ServiceUrls services)
    {
        ArgumentNullException.ThrowIfNull(services);
        return new UrlsDocument { Urls = services.Urls };
    }
}
