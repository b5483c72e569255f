using Twinbus.Cli.Invocation;
using Twinbus.Operations.Deploys;

namespace Twinbus.Cli.Commands;

/// <summary>The main job in one word: deploy, verify, say where everything is.</summary>
internal sealed class UpCommand : LeafCommand
{
    private readonly DeploymentOptions deployment = new("Default: those of the last deploy, else one RabbitMQ shared by both services.");

    public UpCommand()
        : base(
            "up",
            "Deploy on this machine and verify the result: a call is answered, a notification arrives. Run it again at any time: it changes only "
                + "what is not up to date.",
            new Example("twinbus up", "the default: one RabbitMQ for both services"),
            new Example("twinbus up -d /srv/lab -e my.yaml", "a second deployment beside the first, with your own settings"),
            new Example("twinbus up --format json", "what was changed, as JSON"))
    {
        deployment.AddTo(this, reachesHosts: true);
        Notes =
        [
            "Needs root, or a user who can run sudo without a password. Exit codes: 0 done or nothing to change, 1 failed, 2 bad input (no host is "
                + "touched), 5 locked by another run.",
        ];
    }

    public override Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        DeployOptions options = new()
        {
            Purpose = "up",
            Files = deployment.Files(run),
            Leaving = deployment.Leaving(run),
            Reach = deployment.Reach(run),
            MayDeployDefault = true,
        };
        return DeployRendering.RunAsync(run, options, cancellationToken);
    }
}
