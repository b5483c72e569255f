using System.Text.Json;
using Twinbus.Testing.Lab;

namespace Twinbus.Lab.Tests;

/// <summary>What hosts are like, seen from outside Twinbus: nothing of it is the program's own word.</summary>
internal static class HostStates
{
    // Locks and times are each run's own; what brokers write at run time is theirs.
    private const string Look = """
        set -u
        times=$1; format='%p %y %m %u:%g %l'; [ "$times" = no ] || format="$format %T@"
        places="/etc/twinbus /var/lib/twinbus /usr/local/lib/twinbus /etc/systemd/system /etc/sudoers.d /usr/sbin/policy-rc.d /etc/default /etc/logrotate.d"
        find $places -not -path '*/mnesia*' -not -name '*.lock*' -not -path '*/ledger/*' ! -type d -printf "$format\n" -exec sha256sum {} \; 2>/dev/null | sort
        find $places -not -path '*/mnesia*' -type d -printf '%p %m %u:%g\n' 2>/dev/null | sort
        find /tmp /var/tmp -path '*/systemd-private-*' -prune -o -name '*twinbus*' -print 2>/dev/null | sort
        dpkg-query -W -f '${Package} ${Version} ${Status}\n'
        getent passwd | grep twinbus | sed -E 's/:[0-9]+:[0-9]+:/:/'
        for unit in $(ls /etc/systemd/system | grep '^twinbus-') rabbitmq-server.service; do
            echo "$unit $(systemctl is-enabled "$unit") $(systemctl is-active "$unit") $(systemctl show -P NeedDaemonReload "$unit")"
            [ "$times" = no ] || systemctl show -p MainPID,ActiveEnterTimestampMonotonic "$unit"
        done
        pgrep -a -x agent || true
        """;

    // What every member says of who runs, and where each virtual host is up: one start of the command line for all of them, since that takes a second of a processor.
    private const string Members = "eval '{Seen, Silent} = rpc:multicall(rabbit_nodes:all_running(), rabbit_nodes, all_running, []), "
        + "Alive = [{V, rpc:multicall(rabbit_nodes:all_running(), rabbit_vhost_sup_sup, is_vhost_alive, [V])} || V <- rabbit_vhost:list_names()], "
        + "{[lists:sort(S) || S <- Seen], Silent, lists:sort(Alive)}.'";

    /// <summary>Files with content, mode and owner; packages; users; units; what is in the cluster. The same text for the same state.</summary>
    public static async Task<string> ReadAsync(LabMachines lab, Desk desk)
    {
        var hosts = Task.WhenAll(desk.Hosts.Select(async host => $"== {host}\n{await LookAsync(lab, host, times: false)}{await LedgerAsync(lab, host)}"));
        var members = BrokerAsync(lab, desk.Hosts[0], desk.Unit, Members);
        var definitions = BrokerAsync(lab, desk.Hosts[0], desk.Unit, "export_definitions - --format=json");
        return $"{string.Concat(await hosts)}== cluster\n{await members}{Definitions(await definitions)}";
    }

    /// <summary>What one text says and the other does not, a line each; nothing for the same state.</summary>
    public static IReadOnlyList<string> Differences(string expected, string actual)
    {
        var (before, after) = (Lines(expected), Lines(actual));
        return [.. before.Except(after).Select(line => "- " + line), .. after.Except(before).Select(line => "+ " + line)];

        static List<string> Lines(string text)
        {
            // With its host, and with its number among the same lines: one that is there twice is not one that is there once.
            var (host, counts) = ("", new Dictionary<string, int>());
            var lines = new List<string>();
            foreach (var line in text.Split('\n'))
            {
                host = line.StartsWith("== ", StringComparison.Ordinal) ? line[3..] : host;
                var whole = $"{host}: {line}";
                counts[whole] = counts.GetValueOrDefault(whole) + 1;
                lines.Add(counts[whole] == 1 ? whole : $"{whole} ({counts[whole]})");
            }

            return lines;
        }
    }

    /// <summary>The same with the time at which each file was written and each process started.</summary>
    public static async Task<string> ReadWithTimesAsync(LabMachines lab, IEnumerable<string> hosts) =>
        string.Concat(await Task.WhenAll(hosts.Select(async host => $"== {host}\n{await LookAsync(lab, host, times: true)}{await LedgerAsync(lab, host)}")));

    private static Task<string> LookAsync(LabMachines lab, string host, bool times) =>
        lab.LabAsync("exec", host, "bash", "-c", Look, "look", times ? "yes" : "no");

    private static Task<string> BrokerAsync(LabMachines lab, string host, string unit, string arguments) => lab.InsideAsync(
        host,
        $"setpriv --reuid={unit} --regid={unit} --init-groups env HOME=/var/lib/twinbus/{unit["twinbus-".Length..]} "
        + $"RABBITMQ_CONF_ENV_FILE=/etc/twinbus/{unit["twinbus-".Length..]}/rabbitmq-env.conf /usr/lib/rabbitmq/bin/rabbitmqctl -q {arguments}");

    // What was made in which order depends on where a run was broken off, and says nothing.
    private static async Task<string> LedgerAsync(LabMachines lab, string host)
    {
        var text = await lab.InsideAsync(host, "cat /var/lib/twinbus/ledger/*.json");
        using var ledger = JsonDocument.Parse(text);
        return string.Join('\n', Lines(ledger.RootElement).Order(StringComparer.Ordinal)) + "\n";

        static IEnumerable<string> Lines(JsonElement element) => element.ValueKind switch
        {
            JsonValueKind.Object => element.EnumerateObject().SelectMany(p => p.Value.ValueKind == JsonValueKind.Array ? Lines(p.Value) : [$"{p.Name} {p.Value.GetRawText()}"]),
            JsonValueKind.Array => element.EnumerateArray().Select(e => e.GetRawText()),
            _ => [element.GetRawText()],
        };
    }

    // The salt of a password is new each time a user is made; that the password is right is proved by traffic.
    private static string Definitions(string json)
    {
        using var document = JsonDocument.Parse(json);
        var lines = new List<string>();
        foreach (var name in (string[])["users", "vhosts", "permissions", "policies", "parameters"])
        {
            lines.AddRange(document.RootElement.GetProperty(name).EnumerateArray().Select(entity =>
                $"{name}: " + string.Join(' ', entity.EnumerateObject().Where(p => p.Name != "password_hash").OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => $"{p.Name}={p.Value.GetRawText()}"))));
        }

        return string.Join('\n', lines.Order(StringComparer.Ordinal)) + "\n";
    }
}
