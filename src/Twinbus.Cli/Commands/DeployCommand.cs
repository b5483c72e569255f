using System.CommandLine;
using Twinbus.Cli.Failures;
using Twinbus.Cli.Invocation;
using Twinbus.Operations.Deploys;

namespace Twinbus.Cli.Commands;

/// <summary><c>up</c> for those who say what they want: it never falls back on the default environment.</summary>
internal sealed class DeployCommand : LeafCommand
{
    private readonly Argument<string?> plan = new("plan")
    {
        HelpName = "PLAN",
        Description = "A file written by twinbus plan --out: exactly that is deployed, or nothing if its input files, the resulting model or a host "
            + "has changed since.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly DeploymentOptions deployment = new("Default: those of the last deploy.");

    public DeployCommand()
        : base(
            "deploy",
            "Deploy what environment files describe, and verify it with real traffic. Changes only what is not up to date.",
            new Example("twinbus deploy -e environments/messaging/messaging-shared-rabbitmq.yaml -e site.yaml", "an environment that comes with "
                + "Twinbus, with your own values on top"),
            new Example("twinbus deploy", "deploy again what was deployed last"),
            new Example("twinbus deploy site.plan", "exactly what twinbus plan --out site.plan showed"))
    {
        Add(plan);
        deployment.AddTo(this, reachesHosts: true);
        Notes =
        [
            "Exit codes: 0 done or nothing to change, 1 failed, 2 bad input (no host is touched), 5 locked by another run.",
        ];
    }

    public override async Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        DeployOptions options = new() { Files = deployment.Files(run), Leaving = deployment.Leaving(run), Reach = deployment.Reach(run) };
        if (run.Value(plan) is { } file)
        {
            if (options.Files.AreGiven || options.Leaving.IsAnything)
            {
                string given = options.Files.AreGiven ? "-e, -r or -i" : "--start-empty or --forget";
                throw new UsageException($"{file} and {given} contradict each other: the plan says what it was made of.", $"twinbus deploy {file}");
            }

            options = options with { PlanFile = run.Environment.Absolute(file) };
        }

        return await DeployRendering.RunAsync(run, options, cancellationToken).ConfigureAwait(false);
    }
}
