using Twinbus.Cli.Deploying;
using Twinbus.Cli.Invocation;

namespace Twinbus.Cli.Commands;

/// <summary>The main job in one word: deploy, prove, say where everything is.</summary>
internal sealed class UpCommand : Verb
{
    private readonly TierOptions tier = new("None: those of the last run, else one RabbitMQ that both services share.");

    public UpCommand()
        : base(
            "up",
            "Deploy the messaging tier on this machine and prove it: a call is answered, a notification arrives. Run it again at any time: it changes only what is not as it should be.",
            new Example("twinbus up", "the default: one RabbitMQ of its own for both services"),
            new Example("twinbus up -d /srv/lab -e my.yaml", "a second deployment beside the first, with settings of yours"),
            new Example("twinbus up --format json", "what was changed, for a program"))
    {
        tier.AddTo(this, reachesHosts: true);
        Notes =
        [
            "Needs root, or a user who may use sudo without a password. Exit codes: 0 done or nothing to change, 1 failed, 2 bad input (no host is touched), 5 another run holds the deployment.",
        ];
    }

    public override Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken) =>
        new DeploymentRun(run, "up").RunAsync(tier.Of(run), cancellationToken);
}
