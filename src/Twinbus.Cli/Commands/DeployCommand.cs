using System.CommandLine;
using Twinbus.Cli.Deploying;
using Twinbus.Cli.Failures;
using Twinbus.Cli.Invocation;
using Twinbus.Deployment.State;

namespace Twinbus.Cli.Commands;

/// <summary><c>up</c> for those who say what they want: it never falls back on the default environment.</summary>
internal sealed class DeployCommand : Verb
{
    private readonly Argument<string?> plan = new("plan")
    {
        HelpName = "PLAN",
        Description = "A file that twinbus plan --out wrote: exactly that is deployed, or nothing when its files, its model or a host moved on.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly TierOptions tier = new("None: those of the last deploy.");

    public DeployCommand()
        : base(
            "deploy",
            "Deploy what environment files describe, and prove it with real traffic. Changes only what differs.",
            new Example("twinbus deploy -e environments/messaging/messaging-shared-rabbitmq.yaml -e site.yaml", "a shipped environment, with your own values over it"),
            new Example("twinbus deploy", "once more what was deployed last"),
            new Example("twinbus deploy site.plan", "exactly what twinbus plan --out site.plan showed"))
    {
        Add(plan);
        tier.AddTo(this, reachesHosts: true);
        Notes =
        [
            "Exit codes: 0 done or nothing to change, 1 failed, 2 bad input (no host is touched), 5 another run holds the deployment.",
        ];
    }

    public override async Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        GivenTier files = tier.Of(run);
        if (run.Value(plan) is { } file)
        {
            if (files.IsSomething || files.Leaving.StartEmpty || !files.Leaving.Forgotten.IsEmpty)
            {
                string given = files.IsSomething ? "-e, -r or -i" : "--start-empty or --forget";
                throw new UsageException($"{file} and {given} contradict each other: the plan says what it was made of.", $"twinbus deploy {file}");
            }

            PlanFile looked = await PlanFile.ReadAsync(run.Surroundings.Absolute(file), Application.Version, run.DeploymentDirectory, cancellationToken).ConfigureAwait(false);
            return await new DeploymentRun(run, "deploy").RunAsync(looked, files.Reach, cancellationToken).ConfigureAwait(false);
        }

        if (files.Environments.Count == 0 && await new DeploymentDirectory(run.DeploymentDirectory).FindDeploymentAsync(cancellationToken).ConfigureAwait(false) is null)
        {
            throw new UsageException(
                $"Nothing says what to deploy: no -e FILE is given, and nothing is deployed from {run.DeploymentDirectory} yet.",
                "give an environment file with -e, or run twinbus up for the default");
        }

        return await new DeploymentRun(run, "deploy").RunAsync(files, cancellationToken).ConfigureAwait(false);
    }
}
