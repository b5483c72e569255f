using Twinbus.Hosts.Running;

namespace Twinbus.Cli.Rendering;

/// <summary>What a deploy would change, for a person.</summary>
internal static class PlanText
{
    public static void Write(string deployment, RunReport report, Terminal terminal)
    {
        int changes = report.Changes.Length;
        terminal.Output.WriteLine($"{terminal.OutputStyle.Strong(deployment)}: {(changes == 0 ? "0 to change: everything is as it should be" : $"{changes} to change")}");
        foreach (string line in ChangeText.Lines(report.Changes, pending: true, inFull: true, terminal.OutputStyle))
        {
            terminal.Output.WriteLine($"  {line}");
        }
    }
}
