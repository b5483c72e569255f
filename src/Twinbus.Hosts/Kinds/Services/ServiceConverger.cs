using System.Globalization;
using System.Text;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Kinds.Files;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Kinds.Services;

internal sealed class ServiceConverger : Converger<ServiceResource>
{
    private const string RuntimeDirectory = "runtimeDirectory";
    private const string StopTimeoutSeconds = "stopTimeoutSeconds";

    // It may hold the port that another one is to have.
    public override bool IsRemovedFirst => true;

    public override async ValueTask<Outcome> RemoveAsync(LedgerEntry entry, ConvergenceContext context, CancellationToken cancellationToken)
    {
        var init = InitSystem.Of(context.Layout, context.Clock);
        var runtime = entry[RuntimeDirectory]!;
        if (!init.Knows(entry.Name, runtime))
        {
            return Outcome.UpToDate;
        }

        context.Progress(entry, "stopping");
        await init.StopAsync(entry.Name, runtime, TimeSpan.FromSeconds(int.Parse(entry[StopTimeoutSeconds]!, CultureInfo.InvariantCulture)), cancellationToken).ConfigureAwait(false);
        await init.ForgetAsync(entry.Name, cancellationToken).ConfigureAwait(false);
        if (Directory.Exists(runtime))
        {
            Directory.Delete(runtime, recursive: true);
            EmptyDirectory.Remove(Path.GetDirectoryName(runtime)!);
        }

        EmptyDirectory.Remove(context.Layout.SupervisorScripts);
        return Outcome.Delete("stopped and removed");
    }

    protected override ValueTask<Outcome> ReadAsync(ServiceResource resource, ConvergenceContext context, CancellationToken cancellationToken)
    {
        var init = InitSystem.Of(context.Layout, context.Clock);
        var (path, text) = init.Definition(resource);
        if (!File.Exists(path))
        {
            return ValueTask.FromResult(Outcome.Create("created and started"));
        }

        if (InitSystem.MainProcess(resource.Unit, resource.RuntimeDirectory) is null)
        {
            return ValueTask.FromResult(new Outcome(ResourceAction.Start, "started: it was not running"));
        }

        var changed = ChangedFiles(resource, path, text, context);
        if (changed.Count > 0)
        {
            RefuseAnotherSharedFile(resource, context);
            var names = string.Join(", ", changed.Select(f => f == path ? "its definition" : f));
            return ValueTask.FromResult(new Outcome(ResourceAction.Restart, $"restarted: it ran with another {names}"));
        }

        if (!init.IsWatched(resource.Unit, resource.RuntimeDirectory))
        {
            return ValueTask.FromResult(new Outcome(ResourceAction.Start, "watched again: its supervisor was not running"));
        }

        if (!init.IsEnabled(resource))
        {
            return ValueTask.FromResult(Outcome.Change("enabled: it would not have been started at boot"));
        }

        return ValueTask.FromResult(IsReady(resource)
            ? Outcome.UpToDate
            : new Outcome(ResourceAction.Start, "awaited: it was still starting"));
    }

    protected override async ValueTask<Outcome> ChangeAsync(
        ServiceResource resource, Outcome found, ConvergenceContext context, CancellationToken cancellationToken)
    {
        var init = InitSystem.Of(context.Layout, context.Clock);
        await DefineAsync(resource, init, cancellationToken).ConfigureAwait(false);
        var restart = found.Action == ResourceAction.Restart ? RestartGuarding.Begin(resource, context) : null;
        if (restart is not null)
        {
            await restart.BeforeStopAsync(cancellationToken).ConfigureAwait(false);
        }

        if (found.Action == ResourceAction.Restart)
        {
            context.Progress(resource, "stopping");
            await init.StopAsync(
                resource.Unit, resource.RuntimeDirectory, TimeSpan.FromSeconds(resource.StopTimeoutSeconds), cancellationToken)
                .ConfigureAwait(false);
        }

        var running = InitSystem.MainProcess(resource.Unit, resource.RuntimeDirectory) is not null;
        if (!running)
        {
            RefuseTakenPorts(resource);
        }

        var start = new ServiceStart(resource, init, context);
        if (!running || !init.IsWatched(resource.Unit, resource.RuntimeDirectory))
        {
            await init.StartAsync(resource, cancellationToken).ConfigureAwait(false);
        }

        await start.AwaitAsync(cancellationToken).ConfigureAwait(false);
        if (restart is not null)
        {
            await restart.AfterStartAsync(cancellationToken).ConfigureAwait(false);
        }

        return found;
    }

    protected override LedgerEntry Remember(ServiceResource resource) => new LedgerEntry(resource.Kind, resource.Name)
        .With(RuntimeDirectory, resource.RuntimeDirectory)
        .With(StopTimeoutSeconds, resource.StopTimeoutSeconds);

    // A file that was edited by hand and is going to be mended in this run is again what the process was started with.
    private static IReadOnlyList<string> ChangedFiles(ServiceResource resource, string path, string text, ConvergenceContext context) =>
        LoadedFiles.ChangedSinceStart(
            resource.RuntimeDirectory,
            [.. resource.LoadedFiles, path],
            file => file == path ? ContentHash.Of(Encoding.UTF8.GetBytes(text)) : context.PendingSum(file));

    private static async Task DefineAsync(ServiceResource resource, InitSystem init, CancellationToken cancellationToken)
    {
        var (path, text) = init.Definition(resource);
        if (!File.Exists(path) || await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false) != text)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            WholeFile.Write(path, Encoding.UTF8.GetBytes(text), owner: null, (UnixFileMode)0b110_100_100);
            await init.EnableAsync(resource.Unit, cancellationToken).ConfigureAwait(false);
        }
        else if (!init.IsEnabled(resource))
        {
            await init.EnableAsync(resource.Unit, cancellationToken).ConfigureAwait(false);
        }
    }

    // Members that restart one after the other would each wait for those that still have what was before.
    // One that does not listen is with nobody, and only its own file is wrong.
    private static void RefuseAnotherSharedFile(ServiceResource resource, ConvergenceContext context)
    {
        if (resource.Guard?.SharedFile is not { } file
            || LoadedFiles.StartedWith(resource.RuntimeDirectory, file.Path) is not { } running
            || context.PendingSum(file.Path) is not { } wanted
            || running == wanted
            || !IsReady(resource))
        {
            return;
        }

        throw new HostException(HostFailureReason.Refused, file.What, file.Why, file.Next);
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
