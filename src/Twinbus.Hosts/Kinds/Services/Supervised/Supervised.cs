using System.Globalization;
using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Kinds.Services;

/// <summary>Keeps services running where no service manager does: a small shell script each, in a session of its own.</summary>
internal sealed class Supervised(HostLayout layout, TimeProvider clock) : InitSystem(layout)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    public override (string Path, string Text) Definition(ServiceResource service) =>
        (StartScript.Path(Layout, service.Unit), StartScript.Supervisor(service, Layout, SwitchesUser(service)));

    // Without a service manager nothing starts at boot.
    public override bool IsEnabled(ServiceResource service) => true;

    public override bool IsWatched(string unit, string runtimeDirectory) => Supervisor(unit, runtimeDirectory) is not null;

    // The supervisor goes with it.
    public override Task<bool> IsAtRestAsync(string unit, string runtimeDirectory, CancellationToken cancellationToken) =>
        Task.FromResult(!IsWatched(unit, runtimeDirectory));

    public override bool Knows(string unit, string runtimeDirectory) =>
        File.Exists(StartScript.Path(Layout, unit)) || Directory.Exists(runtimeDirectory) || Family(unit).Count > 0;

    public override Task EnableAsync(string unit, CancellationToken cancellationToken) => Task.CompletedTask;

    public override async Task StartAsync(ServiceResource service, CancellationToken cancellationToken)
    {
        if (Supervisor(service.Unit, service.RuntimeDirectory) is { } supervisor)
        {
            Posix.Signal(supervisor, Posix.SignalUser1);
            return;
        }

        // Lost its pid file, or is watched by nobody: find it, before there are two.
        var strays = ProcessTable.Find(ProcessTable.SupervisorMark, service.Unit);
        await EndAsync(strays, TimeSpan.FromSeconds(1), cancellationToken).ConfigureAwait(false);
        var adopted = MainProcess(service.Unit, service.RuntimeDirectory);
        if (adopted is null)
        {
            await EndAsync(Family(service.Unit), TimeSpan.FromSeconds(service.StopTimeoutSeconds), cancellationToken).ConfigureAwait(false);
        }

        var launch = new Command(
            "/usr/bin/setsid",
            "--fork", "/bin/sh", StartScript.Path(Layout, service.Unit), adopted?.ToString(CultureInfo.InvariantCulture) ?? "")
        {
            Environment = new Dictionary<string, string>
            {
                [ProcessTable.SupervisorMark] = service.Unit,
                ["HOME"] = service.WorkingDirectory,
            },
        };
        await launch.LaunchAsync(cancellationToken).ConfigureAwait(false);
    }

    public override void Hurry(ServiceResource service)
    {
        if (MainProcess(service.Unit, service.RuntimeDirectory) is null
            && Supervisor(service.Unit, service.RuntimeDirectory) is { } supervisor)
        {
            Posix.Signal(supervisor, Posix.SignalUser1);
        }
    }

    public override async Task StopAsync(
        string unit, string runtimeDirectory, TimeSpan timeout, CancellationToken cancellationToken)
    {
        // The supervisor goes with the service; told first, it does not start it again.
        var supervisors = ProcessTable.Find(ProcessTable.SupervisorMark, unit);
        var main = MainProcess(unit, runtimeDirectory);
        await EndAsync([.. supervisors, .. main is { } id ? (int[])[id] : []], timeout, cancellationToken).ConfigureAwait(false);

        // What is left is what the service itself started, or what a supervisor that had to be killed left behind.
        await EndAsync(Family(unit), TimeSpan.FromSeconds(2), cancellationToken).ConfigureAwait(false);
        if (Directory.Exists(runtimeDirectory))
        {
            File.Delete(Path.Combine(runtimeDirectory, "pid"));
            File.Delete(Path.Combine(runtimeDirectory, "supervisor.pid"));
        }
    }

    public override Task ForgetAsync(string unit, CancellationToken cancellationToken)
    {
        if (Directory.Exists(Layout.SupervisorScripts))
        {
            File.Delete(StartScript.Path(Layout, unit));
        }

        return Task.CompletedTask;
    }

    private static IReadOnlyList<int> Family(string unit) => ProcessTable.Find(ProcessTable.ServiceMark, unit);

    private static int? Supervisor(string unit, string runtimeDirectory) =>
        ProcessTable.FromFile(Path.Combine(runtimeDirectory, "supervisor.pid"), ProcessTable.SupervisorMark, unit);

    private bool SwitchesUser(ServiceResource service) =>
        new Accounts(Layout).UserId(service.User) != Posix.EffectiveUserId;

    private async Task EndAsync(IReadOnlyList<int> processes, TimeSpan timeout, CancellationToken cancellationToken)
    {
        foreach (var signal in (int[])[Posix.SignalTerminate, Posix.SignalKill])
        {
            foreach (var process in processes.Where(IsAlive))
            {
                Posix.Signal(process, signal);
            }

            var start = clock.GetTimestamp();
            while (processes.Any(IsAlive) && clock.GetElapsedTime(start) < timeout)
            {
                await Task.Delay(PollInterval, clock, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // One that has ended but that its parent has not waited for has no command line.
    private static bool IsAlive(int processId)
    {
        try
        {
            return File.ReadAllBytes($"/proc/{processId}/cmdline").Length > 0;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
