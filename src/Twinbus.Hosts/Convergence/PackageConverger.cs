using Twinbus.Hosts.Resources;
using Twinbus.Hosts.Running;

namespace Twinbus.Hosts.Convergence;

internal sealed class PackageConverger : Converger<PackageResource>
{
    private static readonly TimeSpan LockPatience = TimeSpan.FromMinutes(5);

    private static readonly string[] UnitDirectories = ["/lib/systemd/system", "/usr/lib/systemd/system", "/etc/systemd/system"];

    private static readonly Dictionary<string, string> Unattended = new() { ["DEBIAN_FRONTEND"] = "noninteractive" };

    public override async ValueTask<Outcome> RemoveAsync(LedgerEntry entry, HostVisit visit, CancellationToken cancellationToken)
    {
        var installed = PackageStatus.Installed(visit.Layout);
        if (!visit.PurgePackages || !installed.ContainsKey(entry.Name))
        {
            return Outcome.AsItShallBe;
        }

        using var held = await TakeLockAsync(visit, text => visit.Progress(entry, text), cancellationToken).ConfigureAwait(false);
        using var guard = ServiceStartGuard.Raise(visit.Layout);
        var present = PackageStatus.Present(visit.Layout);
        var brought = (entry.Packages ?? entry.Name).Split(' ').Where(present.Contains).ToArray();
        foreach (var packages in (string[][])[brought, [entry.Name]])
        {
            // Others may have installed something since that stands on these; what they installed is not ours to remove.
            if (!await TakesOthersAlongAsync(packages, visit.Layout, cancellationToken).ConfigureAwait(false))
            {
                var result = await AptGet(visit.Layout, text => visit.Progress(entry, text), ["purge", .. packages]).RunAsync(CancellationToken.None)
                    .ConfigureAwait(false);
                return result.ExitCode == 0 ? Outcome.Delete($"{packages.Length} packages purged") : throw Failed(entry.Name, "removed", result);
            }
        }

        return new Outcome(ResourceAction.None, "kept: other packages need it");
    }

    protected override ValueTask<Outcome> ReadAsync(PackageResource resource, HostVisit visit, CancellationToken cancellationToken)
    {
        if (!PackageStatus.Installed(visit.Layout).TryGetValue(resource.Package, out var version))
        {
            return ValueTask.FromResult(Outcome.Create("installed from the distribution"));
        }

        var differences = new List<string>();
        if (IsUnfinished(resource, visit))
        {
            differences.Add("its own service not yet disabled");
        }

        if (ServiceStartGuard.IsLeftBehind(visit.Layout))
        {
            differences.Add("policy-rc.d left behind by an interrupted run");
        }

        return ValueTask.FromResult(Outcome.Of(differences) with { Seen = $"{version}, {string.Join(", ", differences)}" });
    }

    protected override async ValueTask<Outcome> ChangeAsync(
        PackageResource resource, Outcome found, HostVisit visit, CancellationToken cancellationToken)
    {
        using var held = await TakeLockAsync(visit, text => visit.Progress(resource, text), cancellationToken).ConfigureAwait(false);
        ServiceStartGuard.Mend(visit.Layout);
        var detail = found.Detail;
        if (found.Action == ResourceAction.Create)
        {
            using var guard = ServiceStartGuard.Raise(visit.Layout);
            await InstallAsync(resource, visit).ConfigureAwait(false);
        }

        if (found.Action == ResourceAction.Create || IsUnfinished(resource, visit))
        {
            await DisableOwnUnitsAsync(resource, visit, cancellationToken).ConfigureAwait(false);
            var after = PackageStatus.Installed(visit.Layout);
            var brought = Announced(resource, visit).Where(after.ContainsKey);
            visit.Ledger.Add(Remember(resource) with { Unfinished = false, Packages = string.Join(' ', brought) });
            detail = found.Action == ResourceAction.Create
                ? $"version {after.GetValueOrDefault(resource.Package)} installed from the distribution"
                : found.Detail;
        }

        return found with { Detail = detail };
    }

    protected override LedgerEntry Remember(PackageResource resource) => new(resource.Kind, resource.Name) { Unfinished = true };

    private static async Task<bool> TakesOthersAlongAsync(string[] packages, HostLayout layout, CancellationToken cancellationToken)
    {
        var result = await new Command(layout.AptGet, ["-q", "-y", "--simulate", "purge", .. packages]) { Environment = Unattended }
            .RunAsync(cancellationToken).ConfigureAwait(false);
        var removed = result.Output.Split('\n')
            .Where(line => line.StartsWith("Purg ", StringComparison.Ordinal) || line.StartsWith("Remv ", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[1]);
        return result.ExitCode != 0 || removed.Except(packages).Any();
    }

    private static bool IsUnfinished(PackageResource resource, HostVisit visit) => Begun(resource, visit) is not null;

    private static LedgerEntry? Begun(PackageResource resource, HostVisit visit) =>
        visit.Ledger.Entries.FirstOrDefault(e => e.Kind == resource.Kind && e.Name == resource.Name && e.Unfinished);

    private static string[] Announced(PackageResource resource, HostVisit visit) =>
        Begun(resource, visit)?.Packages?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];

    // What an installation will bring along is in the ledger ahead of it: a run after a killed one finds half of it there, and
    // cannot tell it from what others installed meanwhile. apt-get says nothing where the ground is to be mended first.
    private static async Task AnnounceAsync(PackageResource resource, HostVisit visit)
    {
        var result = await new Command(visit.Layout.AptGet, ["-q", "-y", "--simulate", "--no-install-recommends", "install", resource.Package]) { Environment = Unattended }
            .RunAsync(CancellationToken.None).ConfigureAwait(false);
        var announced = result.Output.Split('\n')
            .Select(line => line.Split(' '))
            // With the version that is there in brackets, it is an upgrade.
            .Where(words => words is ["Inst", _, not ['[', ..], ..])
            .Select(words => words[1])
            .Union(Announced(resource, visit))
            .Order(StringComparer.Ordinal);
        visit.Ledger.Add(new LedgerEntry(resource.Kind, resource.Name) { Unfinished = true, Packages = string.Join(' ', announced) });
    }

    private static async Task InstallAsync(PackageResource resource, HostVisit visit)
    {
        void Tell(string text) => visit.Progress(resource, text);
        var lists = AptGet(visit.Layout, Tell, "update");
        Command[] remedies =
        [
            new Command(visit.Layout.Dpkg, "--configure", "-a") { Environment = Unattended },
            AptGet(visit.Layout, Tell, "--fix-broken", "install"),
            lists,
        ];

        // A killed installation leaves packages half configured, and lists may be missing or old: after a failure each
        // remedy is tried once, and the installation again after it. What needs the network comes last: where there is
        // no way out, it takes minutes to find that.
        if (!HasLists(visit.Layout))
        {
            await RemedyAsync(lists, "reading the distribution's package lists").ConfigureAwait(false);
        }

        var result = await TryAsync().ConfigureAwait(false);
        foreach (var remedy in remedies)
        {
            if (result.ExitCode == 0)
            {
                return;
            }

            await RemedyAsync(remedy, "the installation failed; mending its ground").ConfigureAwait(false);
            result = await TryAsync().ConfigureAwait(false);
        }

        if (result.ExitCode != 0)
        {
            throw Failed(resource.Package, "installed", result);
        }

        async Task<CommandResult> TryAsync()
        {
            Tell($"installing {resource.Package}");
            await AnnounceAsync(resource, visit).ConfigureAwait(false);
            return await AptGet(visit.Layout, Tell, "--no-install-recommends", "install", resource.Package).RunAsync(CancellationToken.None)
                .ConfigureAwait(false);
        }

        // An interrupted run ends after the package at hand: a killed dpkg would leave more to mend than it saves.
        async Task RemedyAsync(Command command, string text)
        {
            Tell(text);
            await command.RunAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static bool HasLists(HostLayout layout) =>
        Directory.Exists(layout.PackageLists) && Directory.EnumerateFiles(layout.PackageLists, "*_Packages*").Any();

    private static async Task DisableOwnUnitsAsync(PackageResource resource, HostVisit visit, CancellationToken cancellationToken)
    {
        foreach (var unit in resource.OwnUnits)
        {
            var script = unit.EndsWith(".service", StringComparison.Ordinal) ? unit[..^".service".Length] : unit;
            var isHere = visit.Layout.RunsSystemd
                ? UnitDirectories.Any(d => File.Exists(Path.Combine(d, unit.Contains('.', StringComparison.Ordinal) ? unit : unit + ".service")))
                : File.Exists("/etc/init.d/" + script);
            if (!isHere)
            {
                continue;
            }

            var command = visit.Layout.RunsSystemd
                ? new Command("/usr/bin/systemctl", "disable", "--now", unit)
                : new Command("/usr/sbin/update-rc.d", script, "disable");
            var result = await command.RunAsync(cancellationToken).ConfigureAwait(false);
            if (result.ExitCode != 0)
            {
                throw new HostException(
                    HostFailureReason.Package,
                    $"{resource.Package} is installed, but its own service {unit} could not be disabled.",
                    result.Tail(3),
                    $"Disable it by hand, then run this again: {command.Program} {string.Join(' ', command.Arguments)}");
            }
        }
    }

    private static Command AptGet(HostLayout layout, Action<string> tell, params IReadOnlyList<string> arguments) => new(
        layout.AptGet,
        [
            "-q", "-y", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0",
            "-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold", .. arguments,
        ])
    {
        Environment = Unattended,
        OnLine = new AptProgress(tell).Read,
    };

    // dpkg has a lock of its own; this one covers the guard as well, of which a host has only one.
    private static async Task<DeploymentLock> TakeLockAsync(HostVisit visit, Action<string> tell, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(visit.Layout.State);
        tell("waiting for the host's package lock");
        return await DeploymentLock.TakeAsync(
            Path.Combine(visit.Layout.State, "packages.lock"),
            "The package installation of this host",
            LockHolder.Here("package", "", visit.Clock),
            LockPatience,
            TimeSpan.FromSeconds(1),
            visit.Clock,
            cancellationToken).ConfigureAwait(false);
    }

    private static HostException Failed(string package, string what, CommandResult result) => new(
        result.Error.Contains("No space left", StringComparison.Ordinal) ? HostFailureReason.DiskFull : HostFailureReason.Package,
        $"Package {package} could not be {what}.",
        $"apt-get ended with {result.ExitCode}:\n{result.Tail()}",
        "Mend what the lines above say, then run this again; what is done already stays.");
}
