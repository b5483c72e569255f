using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Twinbus.EndToEnd.Tests;

/// <summary>The management API of a deployed broker, used as its administrator: what is really there, and what a careless hand does.</summary>
internal sealed class Management : IDisposable
{
    private readonly HttpClient http;

    private Management(int port, string user, string password)
    {
        http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/api/") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
    }

    public static async Task<Management> OfAsync(Deployed deployed)
    {
        JsonNode tier = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(deployed.Path, "deployment.json")))!["model"]!;
        int port = tier["instances"]![0]!["ports"]!["management"]!.GetValue<int>();
        return new Management(port, "twinbus", deployed.Secrets()[$"messaging.administrator"]);
    }

    public async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await http.GetStringAsync(path))!;

    public async Task PutAsync(string path, JsonObject content)
    {
        using StringContent body = new(content.ToJsonString(), Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await http.PutAsync(path, body);
        response.EnsureSuccessStatusCode();
    }

    public async Task DeleteAsync(string path)
    {
        using HttpResponseMessage response = await http.DeleteAsync(path);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>All exchanges and queues of all virtual hosts.</summary>
    public async Task<IReadOnlyList<string>> EntitiesAsync() =>
    [
        .. (await GetAsync("exchanges?columns=vhost,name")).AsArray().Select(each => $"exchange {each!["vhost"]} {each["name"]}").Order(StringComparer.Ordinal),
        .. (await GetAsync("queues?columns=vhost,name&disable_stats=true")).AsArray().Select(each => $"queue {each!["vhost"]} {each["name"]}").Order(StringComparer.Ordinal),
    ];

    public void Dispose() => http.Dispose();
}
