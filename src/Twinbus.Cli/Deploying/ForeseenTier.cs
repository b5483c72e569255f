using System.Collections.Immutable;
using System.Security.Cryptography;
using Twinbus.Cli.Invocation;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Planning;
using Twinbus.Hosts.Plans;

namespace Twinbus.Cli.Deploying;

/// <summary>The tier that files would come to, without a deploy and without a look at any host.</summary>
internal static class ForeseenTier
{
    public static async Task<MessagingDeployment> ReadAsync(CommandRun run, GivenTier given, CancellationToken cancellationToken)
    {
        TierPreparation preparation = new(run);
        DeploymentSource source = await preparation.ReadSourceAsync(given, cancellationToken).ConfigureAwait(false);
        return DeploymentPlanner.Foresee(source, new PlanningContext
        {
            DeploymentDirectory = preparation.Directory.Path,
            IsDefaultDirectory = preparation.Directory.Path == run.DefaultDeploymentDirectory,
            Previous = await preparation.Directory.FindDeploymentAsync(cancellationToken).ConfigureAwait(false),
            Facts = ImmutableDictionary<string, HostFacts>.Empty,
            Bytes = RandomNumberGenerator.Fill,
            Clock = run.Surroundings.Clock,
        });
    }
}
