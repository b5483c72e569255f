using System.Collections.Immutable;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;

namespace Twinbus.Deployment.Clients;

/// <summary>What a client is to be told, worked out for its release and free of any format.</summary>
internal sealed record ClientSettings
{
    /// <summary>The release that it is for.</summary>
    public required OsloRelease Release { get; init; }

    /// <summary>The bus for RPC.</summary>
    public ResolvedBus? Rpc { get; init; }

    /// <summary>The bus for notifications.</summary>
    public ResolvedBus? Notify { get; init; }

    public required NotificationSettings Notifications { get; init; }

    /// <summary>Options of driver groups, for both buses: by group, then by name.</summary>
    public required ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> Groups { get; init; }

    /// <summary>Sentences about what is doubtful.</summary>
    public required ImmutableArray<string> Warnings { get; init; }

    /// <summary>The buses that there are, RPC first.</summary>
    public IEnumerable<ResolvedBus> Buses => new[] { Rpc, Notify }.OfType<ResolvedBus>();
}

/// <summary>A bus with the whole query of its URL.</summary>
internal sealed record ResolvedBus(MessagingBus Bus, string Group, ImmutableArray<UrlOption> Query)
{
    public string Url(Passwords passwords) => TransportUrlText.Write(Bus, Query, passwords);
}
