using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Twinbus.Testing.RabbitMq;

/// <summary>The management API of one test broker.</summary>
public sealed class RabbitMqAdministration : IDisposable
{
    private readonly HttpClient http;

    internal RabbitMqAdministration(int port, string user, string password)
    {
        http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/api/") };
        http.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{user}:{password}")));
    }

    /// <summary>Reads a resource of the API, such as <c>queues/my-vhost</c>; null when it does not exist.</summary>
    public async Task<JsonNode?> GetAsync(string path, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await http.GetAsync(path, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        await EnsureDoneAsync(response, path, cancellationToken);
        await using Stream content = await response.Content.ReadAsStreamAsync(cancellationToken);
        return await JsonNode.ParseAsync(content, cancellationToken: cancellationToken);
    }

    /// <summary>Creates or replaces a resource of the API.</summary>
    public async Task PutAsync(string path, JsonObject content, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        using StringContent body = new(content.ToJsonString(), Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await http.PutAsync(path, body, cancellationToken);
        await EnsureDoneAsync(response, path, cancellationToken);
    }

    /// <summary>Deletes a resource of the API; false when there was none.</summary>
    public async Task<bool> DeleteAsync(string path, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await http.DeleteAsync(path, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }

        await EnsureDoneAsync(response, path, cancellationToken);
        return true;
    }

    /// <summary>Deletes a queue with all that is in it and whoever consumes from it; false when there was none.</summary>
    public Task<bool> DeleteQueueAsync(string virtualHost, string queue, CancellationToken cancellationToken) =>
        DeleteAsync($"queues/{Escape(virtualHost)}/{Escape(queue)}", cancellationToken);

    /// <summary>The names of a virtual host's queues, as they are now.</summary>
    public async Task<IReadOnlyList<string>> QueuesAsync(string virtualHost, CancellationToken cancellationToken)
    {
        JsonNode? queues = await GetAsync($"queues/{Escape(virtualHost)}?columns=name&disable_stats=true", cancellationToken);
        return [.. queues!.AsArray().Select(queue => queue!["name"]!.GetValue<string>())];
    }

    /// <summary>Closes every connection of a user, as a broker does that is told to.</summary>
    public Task CloseConnectionsOfAsync(string user, CancellationToken cancellationToken) =>
        DeleteAsync($"connections/username/{Escape(user)}", cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    internal static string Escape(string segment) => Uri.EscapeDataString(segment);

    private static async Task EnsureDoneAsync(HttpResponseMessage response, string path, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            string body = await response.Content.ReadAsStringAsync(cancellationToken);
            throw new InvalidOperationException($"The management API answered {(int)response.StatusCode} to {path}: {body}");
        }
    }
}
