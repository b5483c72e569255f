using System.Globalization;
using Twinbus.Cli.Output;
using Twinbus.Operations.Health;

namespace Twinbus.Cli.Rendering;

/// <summary>The checks of each service, a line each.</summary>
internal static class HealthText
{
    public static void Write(HealthReport report, Terminal terminal)
    {
        Style style = terminal.OutputStyle;
        foreach (ServiceHealth service in report.Services)
        {
            string verdict = service.Healthy ? style.Good("healthy") : style.Bad("unhealthy");
            terminal.Output.WriteLine($"{style.Strong(service.Service)} ({service.Backend}): {verdict}");
            string[] lines = [.. TextLines.Columns([.. service.Checks.Select(Row)])];
            foreach ((string line, HealthCheck check) in lines.Zip(service.Checks))
            {
                terminal.Output.WriteLine($"  {Painted(line, check.Status, style)}");
            }
        }
    }

    private static string[] Row(HealthCheck check) =>
    [
        check.Status switch
        {
            CheckStatus.Passed => "ok",
            CheckStatus.Failed => "failed",
            CheckStatus.Skipped => "skipped",
            _ => throw new ArgumentOutOfRangeException(nameof(check), check.Status, null),
        },
        check.Name,
        check.Host,
        $"{check.Milliseconds.ToString("0", CultureInfo.InvariantCulture)} ms",
        check.Detail,
    ];

    private static string Painted(string line, CheckStatus status, Style style) => status switch
    {
        CheckStatus.Failed => style.Bad(line),
        CheckStatus.Skipped => style.Faint(line),
        _ => line,
    };
}
