using System.Collections.Immutable;

namespace Twinbus.Deployment.Clients.Formats;

/// <summary>A section of a configuration file and its options, in order.</summary>
internal sealed record OsloSection(string Name, ImmutableArray<KeyValuePair<string, string>> Options)
{
    /// <summary>All that one client has to be told, for its own file.</summary>
    public static ImmutableArray<OsloSection> Of(ClientSettings settings, Passwords passwords) =>
    [
        .. Default(settings, passwords),
        Notifications(settings, passwords),
        .. settings.Groups.Select(group => new OsloSection(group.Key, [.. group.Value])),
    ];

    /// <summary>The filter of swift's proxy, which reads the URL and nothing else of oslo.config.</summary>
    public static ImmutableArray<OsloSection> OfFilter(ClientSettings settings, Passwords passwords) => settings.Notify is not { } notify
        ? []
        :
        [
            new OsloSection(
                "filter:ceilometer",
                [
                    new("url", notify.Url(passwords)),
                    new("driver", settings.Notifications.Driver),
                    new("topic", settings.Notifications.Topics[0]),
                ]),
        ];

    private static IEnumerable<OsloSection> Default(ClientSettings settings, Passwords passwords)
    {
        if (settings.Rpc is { } rpc)
        {
            yield return new OsloSection("DEFAULT", [new("transport_url", rpc.Url(passwords))]);
        }
    }

    private static OsloSection Notifications(ClientSettings settings, Passwords passwords)
    {
        // Without a place to send them to they would go onto the RPC bus, where nobody listens and they pile up.
        List<KeyValuePair<string, string>> options = [new("driver", settings.Notify is null ? "noop" : settings.Notifications.Driver)];
        if (settings.Notify is { } notify)
        {
            options.Add(new("topics", string.Join(',', settings.Notifications.Topics)));
            options.Add(new("transport_url", notify.Url(passwords)));
        }

        if (settings.Notifications.Retry is { } retry)
        {
            options.Add(new("retry", $"{retry}"));
        }

        return new OsloSection("oslo_messaging_notifications", [.. options]);
    }
}
