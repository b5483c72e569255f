using System.Collections.Immutable;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;
using Twinbus.Messaging;

namespace Twinbus.Deployment.Clients;

/// <summary>
/// Turns buses into options. One process has one group of options a driver, for both of its buses; where the buses need
/// different values, these go into the URLs, whose query oslo.messaging reads before the group.
/// </summary>
internal sealed class ClientSettingsResolution
{
    private readonly List<ClientProblem> problems = [];
    private readonly List<ClientProblem> notes = [];
    private readonly List<string> warnings = [];
    private readonly OsloRelease release;
    private readonly bool isReleaseNamed;
    private readonly BackendRegistry backends;
    private readonly bool everythingInUrl;

    private ClientSettingsResolution(ClientConfiguration configuration, MessagingBus[] buses, bool everythingInUrl)
    {
        release = configuration.Release ?? ReleaseFor(buses);
        isReleaseNamed = configuration.Release is not null;
        backends = configuration.Backends;
        this.everythingInUrl = everythingInUrl;
    }

    /// <exception cref="DeploymentException">The release has not what the buses need; all reasons at once.</exception>
    public static ClientSettings Resolve(ClientConfiguration configuration, bool everythingInUrl = false)
    {
        MessagingBus[] buses = [.. new[] { configuration.Rpc, configuration.Notify }.OfType<MessagingBus>()];
        return new ClientSettingsResolution(configuration, buses, everythingInUrl).Resolve(configuration, buses);
    }

    /// <summary>What stands in the way of telling a client, all of it, and what is only to be said.</summary>
    public static ImmutableArray<ClientProblem> ProblemsOf(ClientConfiguration configuration)
    {
        MessagingBus[] buses = [.. new[] { configuration.Rpc, configuration.Notify }.OfType<MessagingBus>()];
        ClientSettingsResolution resolution = new(configuration, buses, everythingInUrl: false);
        resolution.DescribeAll(configuration, buses);
        return [.. resolution.problems, .. resolution.notes];
    }

    private ClientSettings Resolve(ClientConfiguration configuration, MessagingBus[] buses)
    {
        if (configuration.Release is null)
        {
            warnings.Add($"no release of oslo.messaging was named; this is for {release}, and older ones know less");
        }
        else if (release.IsBeyondTable)
        {
            warnings.Add($"oslo.messaging {release.Version} is newer than this Twinbus, which takes it for {OsloReleases.Newest}");
        }

        List<DescribedBus> described = DescribeAll(configuration, buses);
        if (problems.Count > 0)
        {
            throw new DeploymentException(DeploymentFailureReason.InvalidInput, [.. problems.Select(problem => problem.Problem)]);
        }

        HashSet<(string Group, string Option)> contested = Contested(described);
        return new ClientSettings
        {
            Release = release,
            Rpc = Resolved(configuration.Rpc, described, contested),
            Notify = Resolved(configuration.Notify, described, contested),
            Notifications = configuration.Notifications,
            Groups = Groups(described, contested),
            Warnings = [.. warnings, .. notes.Select(note => $"{note.Problem.What}: {note.Problem.Why}")],
        };
    }

    private List<DescribedBus> DescribeAll(ClientConfiguration configuration, MessagingBus[] buses)
    {
        List<DescribedBus> described = [.. buses.Select(Describe).OfType<DescribedBus>()];
        CheckTogether(configuration.Rpc, configuration.Notify);
        return described;
    }

    private void Add(string service, Problem problem, string? parameter = null, bool isOfRelease = false) =>
        problems.Add(new ClientProblem(problem, service) { Parameter = parameter, IsOfRelease = isOfRelease });

    // Without a release named: the newest that has all the drivers.
    private static OsloRelease ReleaseFor(MessagingBus[] buses) =>
        OsloReleases.NewestWith([.. buses.Select(bus => ClientOptions.SchemeOf(bus.Transport))]) ?? OsloReleases.Newest;

    private void CheckTogether(MessagingBus? rpc, MessagingBus? notify)
    {
        if (rpc is not null && notify is not null && backends.ClientOptionsOf(rpc.Transport) is { } options
            && options == backends.ClientOptionsOf(notify.Transport) && options.Conflict(rpc, notify) is { } conflict)
        {
            Add(notify.Name, conflict);
        }
    }

    private DescribedBus? Describe(MessagingBus bus)
    {
        string scheme = ClientOptions.SchemeOf(bus.Transport);
        if (backends.ClientOptionsOf(bus.Transport) is not { } driver)
        {
            Add(bus.Name, new Problem($"the messaging service {bus.Name} has the transport {bus.Transport}", "oslo.messaging has no such driver", $"use {string.Join(", ", backends.All.Select(backend => backend.Capabilities.Transport).Where(transport => transport.Length > 0))}"));
            return null;
        }

        if (!release.HasDriver(scheme))
        {
            Add(
                bus.Name,
                new Problem(
                    $"the messaging service {bus.Name} needs the driver {scheme}, which oslo.messaging {release} has not",
                    OsloReleases.NewestWith(scheme) is { } last ? $"{last} is the last release with it" : "no release has it",
                    $"choose another backend for {bus.Name}, or name the older release that its clients have"),
                isOfRelease: true);
            return null;
        }

        BusNeeds needs = new(bus, release);
        driver.Describe(needs);
        problems.AddRange(needs.Problems);
        warnings.AddRange(needs.Warnings);
        ImmutableArray<OptionNeed> known =
        [
            .. needs.Options.Where(need => IsKnown(bus, driver, need)).Select(need => need with { InUrl = need.InUrl || (everythingInUrl && !need.IsOff) }),
        ];
        CheckQuery(bus, driver);
        return new DescribedBus(bus, driver, known);
    }

    private bool IsKnown(MessagingBus bus, ClientOptions driver, OptionNeed need)
    {
        if (release.Knows(driver.Group, need.Name))
        {
            return true;
        }

        if (!need.IsOff)
        {
            Add(
                bus.Name,
                new Problem(
                    $"the messaging service {bus.Name} needs [{driver.Group}] {need.Name} = {need.Value}, which oslo.messaging {release} does not know",
                    OsloReleases.FirstWith(driver.Group, need.Name) is { } first ? $"the option came with {first}" : "no release knows it",
                    need.WayOut ?? $"name a release that knows it, or deploy {bus.Name} without what it is for"),
                need.Parameter,
                isOfRelease: true);
        }

        return false;
    }

    private void CheckQuery(MessagingBus bus, ClientOptions driver)
    {
        foreach (UrlOption option in bus.Query)
        {
            if (release.Option(driver.Group, option.Key) is { } known)
            {
                CheckValue(bus, option, known);
            }
            else if (release.NowCalled(driver.Group, option.Key) is not null || isReleaseNamed || !OsloReleases.WereEverToldOf(driver.Group, option.Key))
            {
                string[] names = [.. release.Options.Where(each => each.Group == driver.Group).Select(each => each.Name)];
                Add(
                    bus.Name,
                    new Problem(
                        $"the transport URL of {bus.Name} has the option {option.Key}, which oslo.messaging {release} does not know in [{driver.Group}]",
                        "a client with an unknown option in its URL does not start",
                        release.NowCalled(driver.Group, option.Key) is { } name ? $"write {name}" : WordSuggestion.Suggest(option.Key, names, "remove it, or correct its spelling")),
                    isOfRelease: OsloReleases.WereEverToldOf(driver.Group, option.Key));
            }
            else
            {
                notes.Add(new ClientProblem(
                    new Problem(
                        $"the transport URL of {bus.Name} has the option {option.Key}",
                        $"some releases of oslo.messaging know it, and {release} does not: a client of that release does not start with it",
                        "name what the clients run as OsloMessagingRelease, or leave the option out"),
                    bus.Name) { IsNote = true });
            }
        }
    }

    private void CheckValue(MessagingBus bus, UrlOption option, OsloOption known)
    {
        if (known.Refuses(option.Value) is { } reason)
        {
            Add(
                bus.Name,
                new Problem(
                    $"the transport URL of {bus.Name} has the option {option.Key} with a value that is {reason}",
                    $"oslo.messaging {release} reads it as {known.Type}, and a client with another value does not start",
                    "correct the value, or remove the option"));
        }
    }

    // Options that two buses of one driver need different values of.
    private HashSet<(string Group, string Option)> Contested(List<DescribedBus> described)
    {
        HashSet<(string, string)> contested = [];
        foreach (IGrouping<(string Group, string Name), OptionNeed> needs in described
            .SelectMany(bus => bus.Needs.Where(need => !need.InUrl).Select(need => (bus.Driver.Group, Need: need)))
            .GroupBy(pair => (pair.Group, pair.Need.Name), pair => pair.Need))
        {
            string[] values = [.. needs.Select(need => need.Value).Distinct()];
            if (values.Length > 1)
            {
                contested.Add(needs.Key);
                warnings.Add(
                    $"rpc and notify need different values of [{needs.Key.Group}] {needs.Key.Name} ({string.Join(" and ", values.Select(value => value.Length == 0 ? "none" : value))}): "
                    + "each has its own in its transport URL; do not set it in the group");
            }
        }

        return contested;
    }

    private static ResolvedBus? Resolved(MessagingBus? wanted, List<DescribedBus> described, HashSet<(string Group, string Option)> contested)
    {
        if (described.FirstOrDefault(candidate => ReferenceEquals(candidate.Bus, wanted)) is not { } bus)
        {
            return null;
        }

        IEnumerable<OptionNeed> inUrl = bus.Needs.Where(need =>
            need.Value.Length > 0 && (need.InUrl || contested.Contains((bus.Driver.Group, need.Name))));
        ImmutableArray<UrlOption> query =
        [
            .. bus.Bus.Query,
            .. inUrl.Select(need => new UrlOption(need.Name, need.Value)),
        ];
        return new ResolvedBus(bus.Bus, bus.Driver.Group, query);
    }

    private static ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> Groups(
        List<DescribedBus> described, HashSet<(string Group, string Option)> contested) =>
        described.SelectMany(bus => bus.Needs.Select(need => (bus.Driver.Group, Need: need)))
            .Where(pair => !pair.Need.IsOff && !pair.Need.InUrl && !contested.Contains((pair.Group, pair.Need.Name)))
            .GroupBy(pair => pair.Group)
            .ToImmutableSortedDictionary(
                group => group.Key,
                group => group.DistinctBy(pair => pair.Need.Name)
                    .ToImmutableSortedDictionary(pair => pair.Need.Name, pair => pair.Need.Value, StringComparer.Ordinal),
                StringComparer.Ordinal);

    private sealed record DescribedBus(MessagingBus Bus, ClientOptions Driver, ImmutableArray<OptionNeed> Needs);
}
