using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Twinbus.Deployment.Placement;
using Twinbus.Deployment.Reading;
using Twinbus.Hosts.Plans;

namespace Twinbus.Deployment.Planning;

/// <summary>The versions of a backend's server that hosts have, or are offered by their distribution.</summary>
internal sealed partial class ServerVersions(DeploymentSource source, PlanningContext context)
{
    /// <summary>The oldest of an instance's hosts; null when no host knows.</summary>
    public Version? Oldest(InstanceDraft draft) => draft.Hosts.Select(host => Of(draft, host)).Min();

    /// <summary>Refuses instances whose hosts would have versions that make no cluster.</summary>
    /// <exception cref="DeploymentException">There is one.</exception>
    public void Check(ImmutableArray<InstanceDraft> drafts, ProblemList problems)
    {
        foreach (InstanceDraft draft in drafts)
        {
            Check(draft, problems);
        }

        problems.ThrowIfAny();
    }

    // A distribution's release stands for the version where the lists of packages are not on every host yet.
    private void Check(InstanceDraft draft, ProblemList problems)
    {
        string title = draft.Backend.Capabilities.Title;
        string[] hosts = [.. draft.Hosts.Where(context.Facts.ContainsKey)];
        bool areKnown = hosts.All(host => Of(draft, host) is not null);
        (string Host, string Has)[] all =
            [.. hosts.Select(host => (host, areKnown ? $"{title} {Of(draft, host)}" : Release(context.Facts[host])))];
        if (all.Length < 2 || draft.Backend.Nodes?.OneVersionReason is not { } reason)
        {
            return;
        }

        // What most have is what was meant.
        (string Host, string Has) most = all.GroupBy(host => host.Has).MaxBy(group => group.Count())!.First();
        foreach ((string host, string has) in all.Where(host => host.Has != most.Has))
        {
            problems.Add(
                source.Placement.Places.GetValueOrDefault(host),
                $"{host} has {has} and {most.Host} has {most.Has}",
                reason,
                $"give the {draft.Owner.Name} service hosts of one release, or {host} a deployment of its own");
        }
    }

    private Version? Of(InstanceDraft draft, string host)
    {
        HostFacts? facts = context.Facts.GetValueOrDefault(host);
        string? package = draft.Backend.Packages.FirstOrDefault();
        string? text = package is null
            ? null
            : facts?.InstalledPackages.GetValueOrDefault(package) ?? facts?.CandidatePackages.GetValueOrDefault(package);
        return text is not null && DebianVersion().Match(text) is { Success: true } match ? new Version(match.Groups[1].Value) : null;
    }

    private static string Release(HostFacts facts) => $"{facts.OperatingSystem} {facts.OperatingSystemVersion}".Trim();

    // Debian's form of a version has an epoch before it and a revision behind it.
    [GeneratedRegex(@"^(?:\d+:)?(\d+\.\d+)")]
    private static partial Regex DebianVersion();
}
