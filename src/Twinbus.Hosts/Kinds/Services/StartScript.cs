using System.Globalization;
using System.Text;
using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Kinds.Services;

/// <summary>The shell that starts a service: what both kinds of service managers share, and the supervisor's script.</summary>
internal static class StartScript
{
    public static string Path(HostLayout layout, string unit) => System.IO.Path.Combine(layout.SupervisorScripts, unit);

    /// <summary>One word for a POSIX shell.</summary>
    public static string Quote(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>Commands, run as root before each start, that record which files the process is started with.</summary>
    public static string Record(string runtimeDirectory, IReadOnlyList<string> files)
    {
        var record = Quote(runtimeDirectory + "/" + LoadedFiles.RecordName);
        var partial = Quote(runtimeDirectory + "/" + LoadedFiles.RecordName + ".new");
        return $"umask 022; mkdir -p {Quote(runtimeDirectory)}; "
            + $"sha256sum -- {string.Join(' ', files.Select(Quote))} > {partial} 2>/dev/null; mv {partial} {record}";
    }

    /// <summary>
    /// The service's command with its output appended to its file. The file is opened as the service's user: root
    /// would follow whatever link that user had put there.
    /// </summary>
    public static IReadOnlyList<string> WithOutput(ServiceResource service) =>
        ["/bin/sh", "-c", "exec >>\"$0\" 2>&1 </dev/null; exec \"$@\"", service.OutputFile, .. service.Command];

    /// <summary>The script of the process that keeps a service running where no service manager does.</summary>
    /// <param name="service">The service.</param>
    /// <param name="layout">Where the script is going to be.</param>
    /// <param name="switchUser">Whether the service's user is another than the one that the supervisor runs as.</param>
    public static string Supervisor(ServiceResource service, HostLayout layout, bool switchUser)
    {
        var files = LoadedFiles.Ordered([.. service.LoadedFiles, Path(layout, service.Unit)]);
        var asUser = switchUser
            ? $"setpriv --reuid={Quote(service.User)} --regid={Quote(service.User)} --init-groups --inh-caps=-all --no-new-privs -- "
            : "";
        var environment = new StringBuilder();
        foreach (var (name, value) in service.Environment.OrderBy(e => e.Key, StringComparer.Ordinal))
        {
            environment.Append(CultureInfo.InvariantCulture, $"export {name}={Quote(value)}\n");
        }

        return Template
            .Replace("@UNIT@", service.Unit, StringComparison.Ordinal)
            .Replace("@MARK@", ProcessTable.ServiceMark, StringComparison.Ordinal)
            .Replace("@SUPERVISOR@", ProcessTable.SupervisorMark, StringComparison.Ordinal)
            .Replace("@RUNTIME@", Quote(service.RuntimeDirectory), StringComparison.Ordinal)
            .Replace("@RECORD@", Record(service.RuntimeDirectory, files), StringComparison.Ordinal)
            .Replace("@ENVIRONMENT@\n", environment.ToString(), StringComparison.Ordinal)
            .Replace("@DIRECTORY@", Quote(service.WorkingDirectory), StringComparison.Ordinal)
            .Replace("@OPENFILES@", service.OpenFiles.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("@DELAY@", service.RestartDelaySeconds.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("@COMMAND@", asUser + string.Join(' ', WithOutput(service).Select(Quote)), StringComparison.Ordinal);
    }

    // TERM ends the service and then the supervisor; USR1 starts a service again at once that is waiting for its turn.
    private const string Template = """
        #!/bin/sh
        # Written by Twinbus: keeps @UNIT@ running on a host without a service manager.
        # What is changed here by hand is put back by the next deploy.
        runtime=@RUNTIME@
        umask 022
        mkdir -p "$runtime"
        exec </dev/null >>"$runtime/supervisor.log" 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
        unset @SUPERVISOR@
        @ENVIRONMENT@
        child= stopping= hurry= nap=
        say() { echo "$(date -u '+%Y-%m-%d %H:%M:%S') $*"; }
        put() { echo "$1" > "$runtime/$2.new" && mv "$runtime/$2.new" "$runtime/$2"; }
        stop() { stopping=yes; [ -z "$child" ] || kill -TERM "$child"; [ -z "$nap" ] || kill "$nap" 2>/dev/null; }
        hurry() { hurry=yes; [ -z "$nap" ] || kill "$nap" 2>/dev/null; }
        pause() { sleep "$1" & nap=$!; wait "$nap"; kill "$nap"; nap=; } 2>/dev/null
        trap stop TERM INT
        trap hurry USR1
        trap '' HUP
        put $$ supervisor.pid

        # A service that outlived its supervisor is watched, not restarted; it is nobody's child here.
        if [ -n "$1" ]; then
            child=$1
            say "watching process $child, which was running already"
            while kill -0 "$child" 2>/dev/null; do pause 1; done
            say "process $child ended"
            child=
        fi

        while [ -z "$stopping" ]; do
            hurry=
            @RECORD@
            cd @DIRECTORY@ || exit 1
            umask 027
            (
                ulimit -n @OPENFILES@ 2>/dev/null || ulimit -n "$(ulimit -H -n)"
                export @MARK@=@UNIT@
                exec @COMMAND@
            ) &
            child=$!
            umask 022
            put "$child" pid
            [ -z "$stopping" ] || kill -TERM "$child"
            say "started as process $child"
            wait "$child"; status=$?
            while kill -0 "$child" 2>/dev/null; do wait "$child"; status=$?; done
            child=
            rm -f "$runtime/pid"
            say "ended with status $status"
            # The ends that systemd counts as meant: 0, and SIGHUP, SIGINT, SIGPIPE, SIGTERM.
            case $status in 0|129|130|141|143) break;; esac
            [ -n "$stopping$hurry" ] || pause @DELAY@
        done
        rm -f "$runtime/pid" "$runtime/supervisor.pid"
        say "supervisor ended"

        """;
}
