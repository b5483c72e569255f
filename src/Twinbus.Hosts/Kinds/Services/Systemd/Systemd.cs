using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Kinds.Services;

internal sealed class Systemd(HostLayout layout) : InitSystem(layout)
{
    public override (string Path, string Text) Definition(ServiceResource service) =>
        (SystemdUnit.Path(Layout, service.Unit), SystemdUnit.Text(service, Layout));

    public override bool IsEnabled(ServiceResource service) =>
        Posix.Status(SystemdUnit.EnabledLink(Layout, service.Unit)) is not null;

    public override bool IsWatched(string unit, string runtimeDirectory) => true;

    // One that waits for its turn after a death is "activating".
    public override async Task<bool> IsAtRestAsync(string unit, string runtimeDirectory, CancellationToken cancellationToken)
    {
        var state = await new Command("/usr/bin/systemctl", "is-active", unit).RunAsync(cancellationToken).ConfigureAwait(false);
        return state.Output.Trim() is "inactive" or "failed";
    }

    public override bool Knows(string unit, string runtimeDirectory) =>
        File.Exists(SystemdUnit.Path(Layout, unit)) || MainProcess(unit, runtimeDirectory) is not null;

    public override async Task EnableAsync(string unit, CancellationToken cancellationToken)
    {
        await SystemctlAsync(cancellationToken, "daemon-reload").ConfigureAwait(false);
        await SystemctlAsync(cancellationToken, "enable", "--quiet", unit).ConfigureAwait(false);
    }

    // "start" would leave a unit that waits for its turn after a death waiting; "restart" does not.
    public override Task StartAsync(ServiceResource service, CancellationToken cancellationToken) =>
        SystemctlAsync(cancellationToken, "restart", "--no-block", service.Unit);

    public override void Hurry(ServiceResource service)
    {
        // systemd does it by itself.
    }

    public override async Task StopAsync(
        string unit, string runtimeDirectory, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (File.Exists(SystemdUnit.Path(Layout, unit)))
        {
            await SystemctlAsync(cancellationToken, "stop", unit).ConfigureAwait(false);
        }
    }

    public override async Task ForgetAsync(string unit, CancellationToken cancellationToken)
    {
        if (!File.Exists(SystemdUnit.Path(Layout, unit)))
        {
            return;
        }

        await SystemctlAsync(cancellationToken, "disable", "--quiet", unit).ConfigureAwait(false);
        File.Delete(SystemdUnit.Path(Layout, unit));
        await SystemctlAsync(cancellationToken, "daemon-reload").ConfigureAwait(false);

        // A unit that once failed stays in systemd's listings until it is told to forget; one that did not is no error.
        await new Command("/usr/bin/systemctl", "reset-failed", unit).RunAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task SystemctlAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        var result = await new Command("/usr/bin/systemctl", arguments).RunAsync(cancellationToken).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            throw new HostException(
                HostFailureReason.Service,
                $"systemctl {string.Join(' ', arguments)} ended with {result.ExitCode}.",
                result.Tail(5),
                $"See: systemctl status {arguments[^1]}; journalctl -u {arguments[^1]}");
        }
    }
}
