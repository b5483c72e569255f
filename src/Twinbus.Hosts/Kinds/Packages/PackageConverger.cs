using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Locks;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Kinds.Packages;

internal sealed class PackageConverger : Converger<PackageResource>
{
    // All that an installation brought along, with spaces between.
    private const string Packages = "packages";

    private static readonly TimeSpan LockTimeout = TimeSpan.FromMinutes(5);

    private static readonly string[] UnitDirectories = ["/lib/systemd/system", "/usr/lib/systemd/system", "/etc/systemd/system"];

    private static readonly Dictionary<string, string> Unattended = new() { ["DEBIAN_FRONTEND"] = "noninteractive" };

    public override bool IsShared => true;

    // Others may have come to use it; only the end of the deployment takes it along, and only when it is asked to.
    public override bool StaysUntilRemoval => true;

    public override async ValueTask<Outcome> RemoveAsync(LedgerEntry entry, ConvergenceContext context, CancellationToken cancellationToken)
    {
        var installed = PackageStatus.Installed(context.Layout);
        if (!context.PurgePackages || !installed.ContainsKey(entry.Name))
        {
            return Outcome.UpToDate;
        }

        using var held = await TakeLockAsync(context, text => context.Progress(entry, text), cancellationToken).ConfigureAwait(false);
        using var guard = ServiceStartGuard.Raise(context.Layout);
        var present = PackageStatus.Present(context.Layout);
        var brought = (entry[Packages] ?? entry.Name).Split(' ').Where(present.Contains).ToArray();
        foreach (var packages in (string[][])[brought, [entry.Name]])
        {
            // Others may have installed something since that stands on these; what they installed is not ours to remove.
            if (!await TakesOthersAlongAsync(packages, context.Layout, cancellationToken).ConfigureAwait(false))
            {
                var result = await AptGet(context.Layout, text => context.Progress(entry, text), ["purge", .. packages]).RunAsync(CancellationToken.None)
                    .ConfigureAwait(false);
                return result.ExitCode == 0 ? Outcome.Delete($"{packages.Length} packages purged") : throw Failed(entry.Name, "removed", result);
            }
        }

        return new Outcome(ResourceAction.None, "kept: other packages need it");
    }

    protected override ValueTask<Outcome> ReadAsync(PackageResource resource, ConvergenceContext context, CancellationToken cancellationToken)
    {
        if (!PackageStatus.Installed(context.Layout).TryGetValue(resource.Package, out var version))
        {
            return ValueTask.FromResult(Outcome.Create("installed from the distribution"));
        }

        var differences = new List<string>();
        if (IsUnfinished(resource, context))
        {
            differences.Add("its own service not yet disabled");
        }

        if (ServiceStartGuard.IsLeftBehind(context.Layout))
        {
            differences.Add("policy-rc.d left behind by an interrupted run");
        }

        return ValueTask.FromResult(Outcome.Of(differences) with { Seen = $"{version}, {string.Join(", ", differences)}" });
    }

    protected override async ValueTask<Outcome> ChangeAsync(
        PackageResource resource, Outcome found, ConvergenceContext context, CancellationToken cancellationToken)
    {
        using var held = await TakeLockAsync(context, text => context.Progress(resource, text), cancellationToken).ConfigureAwait(false);
        ServiceStartGuard.Mend(context.Layout);
        var detail = found.Detail;
        if (found.Action == ResourceAction.Create)
        {
            using var guard = ServiceStartGuard.Raise(context.Layout);
            await InstallAsync(resource, context).ConfigureAwait(false);
        }

        if (found.Action == ResourceAction.Create || IsUnfinished(resource, context))
        {
            await DisableOwnUnitsAsync(resource, context, cancellationToken).ConfigureAwait(false);
            var after = PackageStatus.Installed(context.Layout);
            var brought = Announced(resource, context).Where(after.ContainsKey);
            context.Ledger.Add((Remember(resource) with { Unfinished = false }).With(Packages, string.Join(' ', brought)));
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

    private static bool IsUnfinished(PackageResource resource, ConvergenceContext context) => Begun(resource, context) is not null;

    private static LedgerEntry? Begun(PackageResource resource, ConvergenceContext context) =>
        context.Ledger.Entries.FirstOrDefault(e => e.Kind == resource.Kind && e.Name == resource.Name && e.Unfinished);

    private static string[] Announced(PackageResource resource, ConvergenceContext context) =>
        Begun(resource, context)?[Packages]?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];

    // What an installation will bring along is in the ledger ahead of it: a run after a killed one finds half of it there, and
    // cannot tell it from what others installed meanwhile. apt-get says nothing where something is to be mended first.
    private static async Task AnnounceAsync(PackageResource resource, ConvergenceContext context)
    {
        var result = await new Command(context.Layout.AptGet, ["-q", "-y", "--simulate", "--no-install-recommends", "install", resource.Package]) { Environment = Unattended }
            .RunAsync(CancellationToken.None).ConfigureAwait(false);
        var announced = result.Output.Split('\n')
            .Select(line => line.Split(' '))
            // With the version that is there in brackets, it is an upgrade.
            .Where(words => words is ["Inst", _, not ['[', ..], ..])
            .Select(words => words[1])
            .Union(Announced(resource, context))
            .Order(StringComparer.Ordinal);
        context.Ledger.Add((new LedgerEntry(resource.Kind, resource.Name) { Unfinished = true }).With(Packages, string.Join(' ', announced)));
    }

    private static async Task InstallAsync(PackageResource resource, ConvergenceContext context)
    {
        void Tell(string text) => context.Progress(resource, text);
        var lists = AptGet(context.Layout, Tell, "update");
        Command[] remedies =
        [
            new Command(context.Layout.Dpkg, "--configure", "-a") { Environment = Unattended },
            AptGet(context.Layout, Tell, "--fix-broken", "install"),
            lists,
        ];

        // A killed installation leaves packages half configured, and lists may be missing or old: after a failure each
        // remedy is tried once, and the installation again after it. What needs the network comes last: where there is
        // no way out, it takes minutes to find that.
        if (!HasLists(context.Layout))
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

            await RemedyAsync(remedy, "the installation failed; mending the package system").ConfigureAwait(false);
            result = await TryAsync().ConfigureAwait(false);
        }

        if (result.ExitCode != 0)
        {
            throw Failed(resource.Package, "installed", result);
        }

        async Task<CommandResult> TryAsync()
        {
            Tell($"installing {resource.Package}");
            await AnnounceAsync(resource, context).ConfigureAwait(false);
            return await AptGet(context.Layout, Tell, "--no-install-recommends", "install", resource.Package).RunAsync(CancellationToken.None)
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

    private static async Task DisableOwnUnitsAsync(PackageResource resource, ConvergenceContext context, CancellationToken cancellationToken)
    {
        foreach (var unit in resource.OwnUnits)
        {
            var script = unit.EndsWith(".service", StringComparison.Ordinal) ? unit[..^".service".Length] : unit;
            var isHere = context.Layout.RunsSystemd
                ? UnitDirectories.Any(d => File.Exists(Path.Combine(d, unit.Contains('.', StringComparison.Ordinal) ? unit : unit + ".service")))
                : File.Exists("/etc/init.d/" + script);
            if (!isHere)
            {
                continue;
            }

            var command = context.Layout.RunsSystemd
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
    private static async Task<DeploymentLock> TakeLockAsync(ConvergenceContext context, Action<string> tell, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(context.Layout.State);
        tell("waiting for the host's package lock");
        return await DeploymentLock.TakeAsync(
            Path.Combine(context.Layout.State, "packages.lock"),
            "The package installation of this host",
            LockHolder.Here("package", "", context.Clock),
            LockTimeout,
            TimeSpan.FromSeconds(1),
            context.Clock,
            cancellationToken).ConfigureAwait(false);
    }

    private static HostException Failed(string package, string what, CommandResult result) => new(
        result.Error.Contains("No space left", StringComparison.Ordinal) ? HostFailureReason.DiskFull : HostFailureReason.Package,
        $"Package {package} could not be {what}.",
        $"apt-get ended with {result.ExitCode}:\n{result.Tail()}",
        "Mend what the lines above say, then run this again; what is done already stays.");
}
