using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Secrets;

namespace Twinbus.Operations.Health;

/// <summary>
/// Whether a broker has raised a memory or disk alarm: it then blocks everybody who publishes, on every node of its
/// cluster. Asked of the management API, which listens on the broker's own loopback only.
/// </summary>
internal sealed class AlarmsCheck(MessagingDeployment tier, BrokerInstance instance, DeploymentSecrets secrets, TimeSpan patience, TimeProvider clock)
{
    /// <summary>One check: any node of an instance knows the alarms of all.</summary>
    public async Task<ImmutableArray<HealthCheck>> RunAsync(CancellationToken cancellationToken)
    {
        if (ManagementAccess.Find(instance, secrets) is not { } access)
        {
            return [];
        }

        string host = $"127.0.0.1:{access.Port}";
        return tier.Hosts.Any(each => each.IsLocal && instance.Nodes.Any(node => node.Host == each.Name))
            ? [await TimedCheck.RunAsync(HealthCheckNames.Alarms, host, patience, clock, token => AskAsync(access, token), cancellationToken).ConfigureAwait(false)]
            : [new HealthCheck(HealthCheckNames.Alarms, host, CheckStatus.Skipped, "the management API is reached from the broker's own host only", 0)];
    }

    private async Task<string> AskAsync(ManagementAccess access, CancellationToken cancellationToken)
    {
        // Loopback: a proxy of the environment has no part in it.
        using SocketsHttpHandler direct = new() { UseProxy = false };
        using HttpClient http = new(direct);
        using HttpRequestMessage question = new(HttpMethod.Get, $"http://127.0.0.1:{access.Port}{access.AlarmsPath}");
        question.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{access.UserName}:{access.Password.Reveal()}")));
        try
        {
            using HttpResponseMessage answer = await http.SendAsync(question, cancellationToken).ConfigureAwait(false);
            return answer.StatusCode switch
            {
                HttpStatusCode.OK => "no memory or disk alarm",
                HttpStatusCode.ServiceUnavailable => throw new CheckFailedException(Explain(await answer.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false))),
                HttpStatusCode.Unauthorized => throw new CheckFailedException("the management API refuses Twinbus's administrator; twinbus up mends that"),
                _ => throw new CheckFailedException($"the management API answered {(int)answer.StatusCode} {answer.ReasonPhrase}"),
            };
        }
        catch (HttpRequestException unreachable)
        {
            throw new CheckFailedException($"the management API does not answer ({unreachable.Message}); twinbus up starts the broker, its log is in {instance.Paths.Log}", unreachable);
        }
    }

    private string Explain(string answer)
    {
        string[] resources = [];
        using (JsonDocument document = JsonDocument.Parse(answer))
        {
            if (document.RootElement.TryGetProperty("alarms", out JsonElement alarms) && alarms.ValueKind == JsonValueKind.Array)
            {
                resources = [.. alarms.EnumerateArray()
                    .Select(alarm => alarm.TryGetProperty("resource", out JsonElement resource) ? resource.ToString() : alarm.ToString()).Distinct()];
            }
        }

        string what = resources.Length == 0 ? "an" : $"a {string.Join(" and a ", resources)}";
        return $"the broker has raised {what} alarm and blocks everybody who publishes: free what is short, or consume what waits in its queues; its log is in {instance.Paths.Log}";
    }
}
