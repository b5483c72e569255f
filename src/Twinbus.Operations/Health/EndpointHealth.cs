using Twinbus.Deployment.Model;
using Twinbus.Deployment.Secrets;

namespace Twinbus.Operations.Health;

/// <summary>The stages of one service at one of its addresses.</summary>
internal static class EndpointHealth
{
    public static async Task<HealthCheck[]> CheckAsync(
        MessagingService service, MessagingEndpoint endpoint, DeploymentSecrets secrets, HealthOptions options, CancellationToken cancellationToken)
    {
        string host = $"{endpoint.Host}:{endpoint.Port}";
        HealthCheck connect = await TimedCheck.RunAsync(
            HealthCheckNames.Connect, host, options, token => ConnectCheck.RunAsync(endpoint, token), cancellationToken).ConfigureAwait(false);
        return [connect];
    }
}
