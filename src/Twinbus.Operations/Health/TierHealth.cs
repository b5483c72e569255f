using System.Collections.Immutable;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Secrets;

namespace Twinbus.Operations.Health;

/// <summary>Proves a deployment: each messaging service through each of its hosts, all at once.</summary>
public static class TierHealth
{
    /// <summary>Checks every service of <paramref name="tier"/>. What is not as it should be is in the report and does not throw.</summary>
    /// <param name="tier">What was deployed.</param>
    /// <param name="secrets">Its secrets.</param>
    /// <param name="options">How to check.</param>
    /// <param name="cancellationToken">Ends the checks.</param>
    public static async Task<HealthReport> CheckAsync(
        MessagingDeployment tier, DeploymentSecrets secrets, HealthOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tier);
        ArgumentNullException.ThrowIfNull(secrets);
        ArgumentNullException.ThrowIfNull(options);
        return new HealthReport([.. await Task.WhenAll(tier.Services.Select(CheckServiceAsync)).ConfigureAwait(false)]);

        async Task<ServiceHealth> CheckServiceAsync(MessagingService service)
        {
            IEnumerable<Task<ImmutableArray<HealthCheck>>> addresses =
                service.Endpoints.Select(endpoint => new EndpointHealth(tier, service, endpoint, secrets, options).CheckAsync(cancellationToken));
            Task<ImmutableArray<HealthCheck>>[] alarms = tier.InstanceOf(service) is { } instance
                ? [new AlarmsCheck(tier, instance, secrets, options.PatienceWith(service), options.Clock).RunAsync(cancellationToken)]
                : [];
            ImmutableArray<HealthCheck>[] checks = await Task.WhenAll([.. addresses, .. alarms]).ConfigureAwait(false);
            return new ServiceHealth(service.Name, service.Backend, [.. checks.SelectMany(each => each)]);
        }
    }
}
