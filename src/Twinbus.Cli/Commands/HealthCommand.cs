using System.CommandLine;
using Twinbus.Cli.Buses;
using Twinbus.Cli.Failures;
using Twinbus.Cli.Invocation;
using Twinbus.Cli.Rendering;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Secrets;
using Twinbus.Deployment.State;
using Twinbus.Operations.Health;

namespace Twinbus.Cli.Commands;

/// <summary>Staged checks of each messaging service, up to real traffic.</summary>
internal sealed class HealthCommand : Verb
{
    private readonly Argument<string?> service = new("service")
    {
        HelpName = "SERVICE",
        Description = "rpc or notify; both when none is named.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<TimeSpan?> timeout = NumberOptions.Seconds("--timeout", "How long each check may take. Default: what the service's HealthTimeout says, which is 10 unless it is set.");

    public HealthCommand()
        : base(
            "health",
            "Check each messaging service in stages: is the broker reached, does it let the service's user in, is a call answered or a notification delivered, has it raised an alarm?",
            new Example("twinbus health", "both services, for a person"),
            new Example("twinbus health rpc --format json", "one service, for monitoring"))
    {
        Add(service);
        Add(timeout);
        Notes =
        [
            "The traffic goes over an exchange and topics of its own, with the service's own user, and leaves nothing behind. Exit codes: 0 healthy, 4 unhealthy, 1 nothing is deployed or the check itself failed.",
        ];
    }

    public override async Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        DeploymentDirectory directory = new(run.DeploymentDirectory);
        MessagingDeployment tier = Named(await directory.ReadDeploymentAsync(cancellationToken).ConfigureAwait(false), run.Value(service));
        DeploymentSecrets secrets = await directory.ReadSecretsAsync(cancellationToken).ConfigureAwait(false);
        HealthOptions options = new() { Drivers = BusDrivers.All, Timeout = run.Value(timeout), Clock = run.Surroundings.Clock };
        HealthReport report = await TierHealth.CheckAsync(tier, secrets, options, cancellationToken).ConfigureAwait(false);
        if (run.Format == OutputFormat.Json)
        {
            ReportJson.Write(run.Terminal, report, ReportJson.Default.HealthReport);
        }
        else
        {
            HealthText.Write(report, run.Terminal);
        }

        return report.Healthy ? ExitCode.Done : ExitCode.Unhealthy;
    }

    private static MessagingDeployment Named(MessagingDeployment tier, string? name)
    {
        if (name is null)
        {
            return tier;
        }

        MessagingService found = tier.Service(name) ?? throw new UsageException(
            $"The deployment has no messaging service '{name}'.", $"there are: {string.Join(", ", tier.Services.Select(each => each.Name))}");
        return tier with { Services = [found] };
    }
}
