using System.Text;
using Twinbus.Hosts.Resources;
using Twinbus.Hosts.Running;

namespace Twinbus.Hosts.Convergence;

internal sealed class ServiceConverger : Converger<ServiceResource>
{
    public override async ValueTask<Outcome> RemoveAsync(LedgerEntry entry, HostVisit visit, CancellationToken cancellationToken)
    {
        var keeper = ServiceKeeper.Of(visit.Layout, visit.Clock);
        var runtime = entry.RuntimeDirectory!;
        if (!keeper.Knows(entry.Name, runtime))
        {
            return Outcome.AsItShallBe;
        }

        visit.Progress(entry, "stopping");
        await keeper.StopAsync(entry.Name, runtime, TimeSpan.FromSeconds(entry.StopTimeoutSeconds), cancellationToken).ConfigureAwait(false);
        await keeper.ForgetAsync(entry.Name, cancellationToken).ConfigureAwait(false);
        if (Directory.Exists(runtime))
        {
            Directory.Delete(runtime, recursive: true);
            EmptyDirectory.Remove(Path.GetDirectoryName(runtime)!);
        }

        EmptyDirectory.Remove(visit.Layout.SupervisorScripts);
        return Outcome.Delete("stopped and removed");
    }

    protected override ValueTask<Outcome> ReadAsync(ServiceResource resource, HostVisit visit, CancellationToken cancellationToken)
    {
        var keeper = ServiceKeeper.Of(visit.Layout, visit.Clock);
        var (path, text) = keeper.Definition(resource);
        if (!File.Exists(path))
        {
            return ValueTask.FromResult(Outcome.Create("created and started"));
        }

        if (ServiceKeeper.MainProcess(resource.Unit, resource.RuntimeDirectory) is null)
        {
            return ValueTask.FromResult(new Outcome(ResourceAction.Start, "started: it was not running"));
        }

        var changed = ChangedFiles(resource, path, text, visit);
        if (changed.Count > 0)
        {
            RefuseAnotherCookie(resource, visit);
            var names = string.Join(", ", changed.Select(f => f == path ? "its definition" : f));
            return ValueTask.FromResult(new Outcome(ResourceAction.Restart, $"restarted: it ran with another {names}"));
        }

        if (!keeper.IsWatched(resource.Unit, resource.RuntimeDirectory))
        {
            return ValueTask.FromResult(new Outcome(ResourceAction.Start, "watched again: its supervisor was not running"));
        }

        if (!keeper.IsEnabled(resource))
        {
            return ValueTask.FromResult(Outcome.Change("enabled: it would not have been started at boot"));
        }

        return ValueTask.FromResult(IsReady(resource)
            ? Outcome.AsItShallBe
            : new Outcome(ResourceAction.Start, "awaited: it was still starting"));
    }

    protected override async ValueTask<Outcome> ChangeAsync(
        ServiceResource resource, Outcome found, HostVisit visit, CancellationToken cancellationToken)
    {
        var keeper = ServiceKeeper.Of(visit.Layout, visit.Clock);
        await DefineAsync(resource, keeper, cancellationToken).ConfigureAwait(false);
        var restart = found.Action == ResourceAction.Restart && resource.Membership is { } membership
            ? new ClusterRestart(resource, membership, visit)
            : null;
        if (restart is not null)
        {
            await restart.AwaitLeaveAsync(cancellationToken).ConfigureAwait(false);
        }

        if (found.Action == ResourceAction.Restart)
        {
            visit.Progress(resource, "stopping");
            await keeper.StopAsync(
                resource.Unit, resource.RuntimeDirectory, TimeSpan.FromSeconds(resource.StopTimeoutSeconds), cancellationToken)
                .ConfigureAwait(false);
        }

        var running = ServiceKeeper.MainProcess(resource.Unit, resource.RuntimeDirectory) is not null;
        if (!running)
        {
            RefuseTakenPorts(resource);
        }

        var start = new ServiceStart(resource, keeper, visit);
        if (!running || !keeper.IsWatched(resource.Unit, resource.RuntimeDirectory))
        {
            await keeper.StartAsync(resource, cancellationToken).ConfigureAwait(false);
        }

        await start.AwaitAsync(cancellationToken).ConfigureAwait(false);
        if (restart is not null)
        {
            await restart.AwaitReturnAsync(cancellationToken).ConfigureAwait(false);
        }

        return found;
    }

    protected override LedgerEntry Remember(ServiceResource resource) => new(resource.Kind, resource.Name)
    {
        RuntimeDirectory = resource.RuntimeDirectory,
        StopTimeoutSeconds = resource.StopTimeoutSeconds,
    };

    // A file that was edited by hand and is going to be mended in this run is again what the process was started with.
    private static IReadOnlyList<string> ChangedFiles(ServiceResource resource, string path, string text, HostVisit visit) =>
        LoadedFiles.ChangedSinceStart(
            resource.RuntimeDirectory,
            [.. resource.LoadedFiles, path],
            file => file == path ? LoadedFiles.Sum(Encoding.UTF8.GetBytes(text)) : visit.PendingSum(file));

    private static async Task DefineAsync(ServiceResource resource, ServiceKeeper keeper, CancellationToken cancellationToken)
    {
        var (path, text) = keeper.Definition(resource);
        if (!File.Exists(path) || await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false) != text)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            WholeFile.Write(path, Encoding.UTF8.GetBytes(text), owner: null, (UnixFileMode)0b110_100_100);
            await keeper.EnableAsync(resource.Unit, cancellationToken).ConfigureAwait(false);
        }
        else if (!keeper.IsEnabled(resource))
        {
            await keeper.EnableAsync(resource.Unit, cancellationToken).ConfigureAwait(false);
        }
    }

    // Members that restart one after the other would each wait for those that still have the cookie of before.
    // One that does not listen is with nobody, and only its own cookie is wrong.
    private static void RefuseAnotherCookie(ServiceResource resource, HostVisit visit)
    {
        if (resource.Membership is not { Members.Count: > 1, Management: { Instance: var instance, Node: { } node } }
            || LoadedFiles.StartedWith(resource.RuntimeDirectory, node.Cookie) is not { } cookie
            || visit.PendingSum(node.Cookie) is not { } wanted
            || cookie == wanted
            || !IsReady(resource))
        {
            return;
        }

        throw new HostException(
            HostFailureReason.Refused,
            $"Cluster {instance} runs with another cookie than this deployment has for it, and is left as it is.",
            "It was deployed from another deployment directory or machine, or RabbitCookie was changed. Members with different cookies do not talk to each other: the first one to restart would not come back.",
            $"Deploy from where it was deployed before, or use another deployment directory (-d) for a deployment of its own. To take this one over, give RabbitCookie, in an environment file, what {node.Cookie} on its hosts holds.");
    }

    private static bool IsReady(ServiceResource resource)
    {
        var sockets = ListeningSockets.Read();
        return resource.ReadyWhenListening.All(e => ListeningSockets.Answers(sockets, e));
    }

    private static void RefuseTakenPorts(ServiceResource resource)
    {
        var sockets = ListeningSockets.Read();
        var taken = resource.ReadyWhenListening.FirstOrDefault(e => ListeningSockets.Answers(sockets, e));
        if (taken is null)
        {
            return;
        }

        var owner = SocketOwners.Read().Of(sockets.First(s => ListeningSockets.Answers([s], taken)));
        if (owner?.Unit != resource.Unit)
        {
            throw new HostException(
                HostFailureReason.Service,
                $"{resource.Unit} was not started: {taken} is taken.",
                owner is null ? "Another program listens there." : $"{owner.Name} (process {owner.ProcessId}) listens there.",
                "Stop that program, or give this service another port in the environment file, and run this again.");
        }
    }
}
