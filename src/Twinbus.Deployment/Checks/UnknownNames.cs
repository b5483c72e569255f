using System.Collections.Immutable;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Reading;
using Twinbus.Messaging;

namespace Twinbus.Deployment.Checks;

/// <summary>
/// Tells names that belong to others, which are ignored, from names that were meant for messaging and are not
/// known: oslo.config and Heat ignore a slip of the hand in silence, and we do not.
/// </summary>
internal sealed class UnknownNames(
    ServiceCatalogue catalogue, MergedEnvironment environment, ImmutableArray<ServiceDraft> services, ShippedFiles shipped, BackendRegistry backends, ProblemList problems)
{
    // What is external has parameters that any service has; External is what TripleO calls a network.
    private readonly string[] messagingWords =
    [
        "Rpc", "Notify", "OsloMessaging", "Messaging",
        .. backends.All.Select(backend => backend.Capabilities).Where(backend => backend.IsDeployed).Select(backend => backend.ParameterPrefix),
    ];

    // Heat makes these for each role, and a role may be called Messaging or MessagingRpc.
    private static readonly string[] RoleEndings =
    [
        "Count", "Parameters", "ExtraConfig", "ExtraGroupVars", "HostnameFormat", "SchedulerHints", "RemovalPolicies", "RemovalPoliciesMode",
        "Services", "ControlPlaneSubnet", "NetworkConfigTemplate", "NetworkConfigUpdate", "IPs", "ServerMetadata", "Image", "Flavor",
        "AnyErrorsFatal", "MaxFailPercentage", "ServiceNetMap", "NetConfigOverride", "LocalMtu", "NetworkDeploymentActions",
    ];

    private const string LegacyService = "OS::TripleO::Services::RabbitMQ";

    /// <summary>Adds what is wrong to the problems and returns what does not concern us.</summary>
    public async Task<ImmutableArray<IgnoredEntry>> CheckAsync(CancellationToken cancellationToken)
    {
        ImmutableArray<IgnoredEntry>.Builder ignored = ImmutableArray.CreateBuilder<IgnoredEntry>();
        foreach ((string key, TemplateNode value) in environment.Registry.Where(entry => !entry.Key.StartsWith(ServiceNames.RegistryPrefix, StringComparison.Ordinal)))
        {
            CheckRegistryName(key, value);
            ignored.Add(new IgnoredEntry(key, value.Place));
        }

        foreach (RepeatedKey key in environment.Repeated.Where(key => IsOurs(key.Key.Text)))
        {
            key.Tell(problems);
        }

        HashSet<string> known = [.. services.SelectMany(service => service.Parameters.Values.Values.SelectMany(value => value.Definition.NamesFor(service.Prefix)))];
        ImmutableArray<MappingEntry> others = [.. environment.Parameters.Values.Where(entry => !known.Contains(entry.Key.Text))];
        if (others.Length > 0)
        {
            Doubts doubts = new(
                known,
                await ElsewhereAsync(known, cancellationToken).ConfigureAwait(false),
                await catalogue.WithoutEffectAsync(cancellationToken).ConfigureAwait(false),
                await catalogue.OfOthersAsync(cancellationToken).ConfigureAwait(false));
            foreach (MappingEntry entry in others)
            {
                if (CheckParameter(entry.Key, doubts))
                {
                    ignored.Add(new IgnoredEntry(entry.Key.Text, entry.Key.Place));
                }
            }
        }

        return ignored.ToImmutable();
    }

    private bool IsOurs(string name) =>
        name.StartsWith(ServiceNames.RegistryPrefix, StringComparison.Ordinal) || messagingWords.Any(word => name.StartsWith(word, StringComparison.Ordinal));

    private void CheckRegistryName(string key, TemplateNode value)
    {
        string[] ours = [ServiceNames.RegistryPrefix + "Rpc", ServiceNames.RegistryPrefix + "Notify"];
        if (key == LegacyService && value is ScalarNode { Text: not ServiceNames.None })
        {
            problems.Notice(value.Place, $"{LegacyService} is ignored", "it is the one broker of old, before RPC and Notification were told apart", $"map {ours[0]} and {ours[1]}");
        }
        else if (WordSuggestion.Of(key, ours) is { } nearest)
        {
            problems.Add(value.Place, $"unknown service {key}", "it is nearly the name of a messaging service", $"did you mean {nearest}?");
        }
    }

    // What another choice of backends would know, with the reason that it says nothing now.
    private async Task<Dictionary<string, string>> ElsewhereAsync(HashSet<string> known, CancellationToken cancellationToken)
    {
        Dictionary<string, string> elsewhere = [];
        foreach (ParameterDefinition definition in await catalogue.AllParametersAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (string name in services.Select(service => service.Prefix).Union(["Rpc", "Notify"]).SelectMany(prefix => definition.NamesFor(prefix)).Where(name => !known.Contains(name)))
            {
                elsewhere.TryAdd(name, Because(name));
            }
        }

        return elsewhere;
    }

    private string Because(string name)
    {
        ServiceDraft? service = services.Where(service => name.StartsWith(service.Prefix, StringComparison.Ordinal)).MaxBy(service => service.Prefix.Length);
        return service switch
        {
            null => "no service is mapped to a backend that has it",
            { File.Shares: { } owner } => $"the {service.Name} service shares the broker of {owner}, whose parameters hold for both",
            _ => $"the {service.Name} service is on {service.File.Backend}, which does not have it",
        };
    }

    private bool CheckParameter(ScalarNode key, Doubts doubts)
    {
        if (doubts.Elsewhere.TryGetValue(key.Text, out string? reason) || doubts.WithoutEffect.TryGetValue(key.Text, out reason))
        {
            // A shipped environment speaks for several choices at once, and no operator wrote it.
            if (!shipped.Contains(key.Place.File))
            {
                problems.Notice(key.Place, $"{key.Text} has no effect", reason, "");
            }

            return true;
        }

        bool isForRole = RoleEndings.Any(ending => key.Text.EndsWith(ending, StringComparison.Ordinal)) && key.Text.StartsWith("Messaging", StringComparison.Ordinal);
        bool looksLikeOurs = messagingWords.Any(word => key.Text.StartsWith(word, StringComparison.Ordinal));

        // A slip in a name that says nothing here does no harm, and TripleO has names like those for its other services.
        string? nearest = doubts.OfOthers.Contains(key.Text)
            ? null
            : WordSuggestion.Of(key.Text, doubts.Known.Concat(doubts.Elsewhere.Keys).Concat(looksLikeOurs ? doubts.WithoutEffect.Keys : []));
        if (isForRole || (!looksLikeOurs && nearest is null))
        {
            return true;
        }

        problems.Add(
            key.Place,
            $"unknown parameter {key.Text}",
            looksLikeOurs ? "it is named like a messaging parameter and there is none of that name" : "it is nearly the name of a messaging parameter",
            nearest is null ? "remove it; twinbus show parameters lists those that there are" : $"did you mean {nearest}?");
        return false;
    }

    // What a name that is not known may be.
    private sealed record Doubts(
        HashSet<string> Known, Dictionary<string, string> Elsewhere, ImmutableDictionary<string, string> WithoutEffect, ImmutableHashSet<string> OfOthers);
}
