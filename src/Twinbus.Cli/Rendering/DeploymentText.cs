using System.Globalization;
using Twinbus.Cli.Output;
using Twinbus.Deployment.Clients;
using Twinbus.Deployment.Model;
using Twinbus.Hosts.Running;
using Twinbus.Operations.Deploys;
using Twinbus.Operations.Health;

namespace Twinbus.Cli.Rendering;

/// <summary>The calm lines at the end of <c>up</c> and <c>deploy</c>.</summary>
internal static class DeploymentText
{
    public static void Write(DeployResult result, bool inFull, Terminal terminal)
    {
        MessagingDeployment tier = result.Deployment;
        RunReport report = result.Report;
        Style style = terminal.OutputStyle;
        string time = result.Elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        terminal.Output.WriteLine($"{style.Strong(tier.Name)}: {report.Changes.Length} changed ({time} s)");
        foreach (string line in ChangeText.Lines(report.Changes, pending: false, inFull, style))
        {
            terminal.Output.WriteLine($"  {line}");
        }

        if (result.Verification is not { } verification)
        {
            return;
        }

        List<string[]> rows = [];
        foreach (ServiceHealth service in verification.Services)
        {
            rows.Add([service.Service, Shown(service), TransportUrlText.Redacted(tier.Service(service.Service)!)]);
        }

        terminal.Output.WriteLine();
        foreach ((string line, ServiceHealth service) in TextLines.Columns(rows).Zip(verification.Services))
        {
            terminal.Output.WriteLine(service.Healthy ? style.Good(line) : style.Bad(line));
        }

        WritePlaces(tier, terminal);
    }

    private static void WritePlaces(MessagingDeployment tier, Terminal terminal)
    {
        List<string[]> places = [];
        foreach (BrokerInstance instance in tier.Instances)
        {
            places.Add(["logs", instance.Paths.Log]);
            places.Add(["configuration", instance.Paths.Config]);
        }

        places.Add(["next", "twinbus show urls --reveal; twinbus health; twinbus rpc call --help"]);
        terminal.Output.WriteLine();
        foreach (string line in TextLines.Columns(places))
        {
            terminal.Output.WriteLine(line);
        }
    }

    private static string Shown(ServiceHealth service)
    {
        HealthCheck? last = service.Checks.LastOrDefault(check => check.Name is HealthCheckNames.Call or HealthCheckNames.Notification);
        return last is { Status: CheckStatus.Passed } ? last.Detail : "does not work";
    }
}
