using System.CommandLine;
using Twinbus.Cli.Failures;
using Twinbus.Cli.Invocation;
using Twinbus.Cli.Output;
using Twinbus.Cli.Rendering;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Secrets;
using Twinbus.Deployment.State;
using Twinbus.Operations.Documents;
using Twinbus.Operations.Health;

namespace Twinbus.Cli.Commands;

/// <summary>Staged checks of each messaging service, up to real traffic.</summary>
internal sealed class HealthCommand : LeafCommand
{
    private readonly Argument<string?> service = new("service")
    {
        HelpName = "SERVICE",
        Description = "rpc or notify. Default: every service.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<TimeSpan?> timeout = NumberOptions.Seconds("--timeout", "Time limit for each check. Default: the service's HealthTimeout, which is 10 unless it is set.");

    public HealthCommand()
        : base(
            "health",
            "Check each messaging service in stages: can the broker be reached, can the service's user log in, is a call answered or a notification delivered, is an alarm raised?",
            new Example("twinbus health", "every service, for a person"),
            new Example("twinbus health rpc --format json", "one service, for monitoring"))
    {
        Add(service);
        Add(timeout);
        Notes =
        [
            "The test traffic uses an exchange and topics of its own and the service's own user, and leaves nothing behind. Exit codes: 0 healthy, 4 unhealthy, 1 nothing is deployed or the check itself failed.",
        ];
    }

    public override async Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        DeploymentDirectory directory = new(run.DeploymentDirectory);
        MessagingDeployment tier = Named(await directory.ReadDeploymentAsync(cancellationToken).ConfigureAwait(false), run.Value(service));
        DeploymentSecrets secrets = await directory.ReadSecretsAsync(cancellationToken).ConfigureAwait(false);
        HealthOptions options = new() { Drivers = BusDrivers.All, Timeout = run.Value(timeout), Clock = run.Environment.Clock };
        HealthReport report = await TierHealth.CheckAsync(tier, secrets, options, cancellationToken).ConfigureAwait(false);
        if (run.Format == OutputFormat.Json)
        {
            run.Write(HealthDocument.Of(report));
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
