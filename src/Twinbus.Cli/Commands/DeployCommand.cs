using Twinbus.Cli.Deploying;
using Twinbus.Cli.Failures;
using Twinbus.Cli.Invocation;
using Twinbus.Deployment;

namespace Twinbus.Cli.Commands;

/// <summary><c>up</c> for those who say what they want: it never falls back on the default environment.</summary>
internal sealed class DeployCommand : Verb
{
    private readonly TierOptions tier = new("None: those of the last deploy.");

    public DeployCommand()
        : base(
            "deploy",
            "Deploy what environment files describe, and prove it with real traffic. Changes only what differs.",
            new Example("twinbus deploy -e environments/messaging/messaging-shared-rabbitmq.yaml -e site.yaml", "a shipped environment, with your own values over it"),
            new Example("twinbus deploy", "once more what was deployed last"))
    {
        tier.AddTo(this, reachesHosts: true);
        Notes =
        [
            "Exit codes: 0 done or nothing to change, 1 failed, 2 bad input (no host is touched), 5 another run holds the deployment.",
        ];
    }

    public override async Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        GivenTier files = tier.Of(run);
        if (files.Environments.Count == 0 && await new DeploymentDirectory(run.DeploymentDirectory).FindTierAsync(cancellationToken).ConfigureAwait(false) is null)
        {
            throw new UsageException(
                $"Nothing says what to deploy: no -e FILE is given, and nothing is deployed from {run.DeploymentDirectory} yet.",
                "give an environment file with -e, or run twinbus up for the default");
        }

        return await new DeploymentRun(run, "deploy").RunAsync(files, cancellationToken).ConfigureAwait(false);
    }
}
