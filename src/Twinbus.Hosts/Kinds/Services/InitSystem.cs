using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Kinds.Services;

/// <summary>What keeps services running on a host: systemd, or supervisors of ours where it does not run.</summary>
internal abstract class InitSystem
{
    private protected InitSystem(HostLayout layout) => Layout = layout;

    protected HostLayout Layout { get; }

    public static InitSystem Of(HostLayout layout, TimeProvider clock) =>
        layout.RunsSystemd ? new Systemd(layout) : new Supervised(layout, clock);

    /// <summary>Path and text of the file that defines the service.</summary>
    public abstract (string Path, string Text) Definition(ServiceResource service);

    /// <summary>Whether the init will start the service at boot, as far as there is such a thing here.</summary>
    public abstract bool IsEnabled(ServiceResource service);

    /// <summary>Whether somebody watches the service: a supervisor of ours may have been killed; systemd never is.</summary>
    public abstract bool IsWatched(string unit, string runtimeDirectory);

    /// <summary>Whether a service that was started and is not running stays so: it ended as if it was meant to.</summary>
    public abstract Task<bool> IsAtRestAsync(string unit, string runtimeDirectory, CancellationToken cancellationToken);

    /// <summary>Makes a new or changed definition known, and the service start at boot.</summary>
    public abstract Task EnableAsync(string unit, CancellationToken cancellationToken);

    /// <summary>Starts the service that is not running; at once when it waits for its turn after a death.</summary>
    public abstract Task StartAsync(ServiceResource service, CancellationToken cancellationToken);

    /// <summary>Called now and then while a start is awaited.</summary>
    public abstract void Hurry(ServiceResource service);

    /// <summary>Stops the service and all that it started, and does not start it again.</summary>
    public abstract Task StopAsync(string unit, string runtimeDirectory, TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>Takes the definition away from a service that is stopped.</summary>
    public abstract Task ForgetAsync(string unit, CancellationToken cancellationToken);

    /// <summary>Whether there is anything of the service here.</summary>
    public abstract bool Knows(string unit, string runtimeDirectory);

    /// <summary>The living main process of a service, whoever keeps it.</summary>
    public static int? MainProcess(string unit, string runtimeDirectory) =>
        ProcessTable.FromFile(Path.Combine(runtimeDirectory, "pid"), ProcessTable.ServiceMark, unit);
}
