using System.Globalization;
using System.Text;
using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Kinds.Services;

/// <summary>The text of a service's systemd unit.</summary>
internal static class SystemdUnit
{
    public static string Path(HostLayout layout, string unit) => System.IO.Path.Combine(layout.SystemdUnits, unit + ".service");

    public static string EnabledLink(HostLayout layout, string unit) =>
        System.IO.Path.Combine(layout.SystemdUnits, "multi-user.target.wants", unit + ".service");

    public static string Text(ServiceResource service, HostLayout layout)
    {
        var text = new StringBuilder();
        void Line(string line) => text.Append(line).Append('\n');

        var files = LoadedFiles.Ordered([.. service.LoadedFiles, Path(layout, service.Unit)]);
        var record = StartScript.Record(service.RuntimeDirectory, files);
        Line("# Written by Twinbus. What is changed here by hand is put back by the next deploy.");
        Line("[Unit]");
        Line($"Description={Plain(service.Description)}");
        Line("After=network-online.target");
        Line("Wants=network-online.target");
        Line("");
        Line("[Service]");
        Line("Type=exec");
        Line($"User={service.User}");
        Line($"Group={service.User}");
        Line($"WorkingDirectory={Plain(service.WorkingDirectory)}");
        Line("Environment=" + Assignment(ProcessTable.ServiceMark, service.Unit));
        foreach (var (name, value) in service.Environment.OrderBy(e => e.Key, StringComparer.Ordinal))
        {
            Line("Environment=" + Assignment(name, value));
        }

        Line($"ExecStartPre=+/bin/sh -c {Argument(record)}");
        Line("ExecStart=" + string.Join(' ', StartScript.WithOutput(service).Select(Argument)));
        Line($"ExecStartPost=+/bin/sh -c {Argument($"echo \"$MAINPID\" > {StartScript.Quote(service.RuntimeDirectory + "/pid")}")}");
        Line($"ExecStopPost=+/bin/rm -f {Argument(service.RuntimeDirectory + "/pid")}");
        Line("KillMode=mixed");
        Line("Restart=on-failure");
        Line(string.Create(CultureInfo.InvariantCulture, $"RestartSec={service.RestartDelaySeconds}"));
        Line(string.Create(CultureInfo.InvariantCulture, $"TimeoutStartSec={service.StartTimeoutSeconds}"));
        Line(string.Create(CultureInfo.InvariantCulture, $"TimeoutStopSec={service.StopTimeoutSeconds}"));
        Line(string.Create(CultureInfo.InvariantCulture, $"LimitNOFILE={service.OpenFiles}"));
        Line("UMask=0027");
        Line("NoNewPrivileges=yes");
        Line("ProtectSystem=full");
        Line("ProtectHome=yes");
        Line("PrivateTmp=yes");
        Line("");
        Line("[Install]");
        Line("WantedBy=multi-user.target");
        return text.ToString();
    }

    /// <summary>One argument as systemd reads it: quoted; what systemd would replace is taken as it stands.</summary>
    internal static string Argument(string value) => Quoted(value).Replace("$", "$$", StringComparison.Ordinal);

    private static string Assignment(string name, string value) => Quoted($"{name}={value}");

    private static string Quoted(string value)
    {
        var escaped = value.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal)
            .Replace("%", "%%", StringComparison.Ordinal);
        return $"\"{escaped}\"";
    }

    private static string Plain(string value) =>
        value.Replace("%", "%%", StringComparison.Ordinal).Replace('\n', ' ');
}
