using Twinbus.Cli.Output;
using Twinbus.Deployment.Model;
using Twinbus.Hosts.Running;
using Twinbus.Operations.Deploys;

namespace Twinbus.Cli.Rendering;

/// <summary>What a deploy would change, for a person.</summary>
internal static class PlanText
{
    public static void Write(PlanResult plan, Terminal terminal)
    {
        MessagingDeployment tier = plan.Deployment;
        RunReport report = plan.Report;
        int changes = report.Changes.Length;
        string leaving = tier.Departed.IsEmpty ? "" : $"; {string.Join(", ", plan.Leaving)} left the inventory: everything deployed there will be removed";
        terminal.Output.WriteLine($"{terminal.OutputStyle.Strong(tier.Name)}: {Summary(changes, report, tier.Departed.IsEmpty)}{leaving}");
        foreach (string line in ChangeText.Lines(report.Changes, pending: true, inFull: true, terminal.OutputStyle))
        {
            terminal.Output.WriteLine($"  {line}");
        }
    }

    private static string Summary(int changes, RunReport report, bool isAll) => (changes, report.Failures.Length) switch
    {
        (0, 0) when isAll => "No changes. Everything is up to date.",
        (_, 0) => $"{changes} to change",
        (_, 1) => $"{changes} to change on the hosts that could be read; one could not",
        (_, var unread) => $"{changes} to change on the hosts that could be read; {unread} could not",
    };
}
