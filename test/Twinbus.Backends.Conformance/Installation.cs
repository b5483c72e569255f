using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Twinbus.Messaging;
using Twinbus.Testing;

namespace Twinbus.Backends.Conformance;

/// <summary>A deployment of a claim's own, in its own directory, so that it meets no other. What is left of it is taken down at the end.</summary>
public sealed class Installation(Site site, IReadOnlyList<string> environments) : IAsyncDisposable
{
    private static readonly string Shipped = Path.Combine(Path.GetDirectoryName(TwinbusProcess.Program)!, "environments");

    private readonly TemporaryDirectory parent = new();
    private readonly Dictionary<string, string> parameters = [];

    /// <summary>The deployment's name, which follows from its directory.</summary>
    public string Name { get; } = $"conf-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";

    /// <summary>Its hosts.</summary>
    public Site Site => site;

    /// <summary>The deployment directory.</summary>
    public string Directory => parent[Name];

    /// <summary>A parameter of every later run; its value is YAML.</summary>
    public string this[string parameter]
    {
        set => parameters[parameter] = value;
    }

    /// <summary>Runs a command on this deployment.</summary>
    public Task<Ended> RunAsync(params string[] words) => TwinbusProcess.RunAsync(site.Program, Words(words));

    /// <summary>The words of a command on this deployment, with the options that say what is deployed where the command takes them.</summary>
    public string[] Words(params string[] words)
    {
        string[] inputs = words[0] is "deploy" or "plan" or "validate"
            ? [.. site.Inventory, .. environments.SelectMany(name => new[] { "-e", Path.Combine(Shipped, name) }), "-e", SiteFile()]
            : [];
        string[] trust = words[0] is "deploy" && site.Inventory.Count > 0 ? ["--accept-new-host-keys"] : [];
        return [.. words, .. inputs, .. trust, "-d", Directory];
    }

    /// <summary>Runs a command that must end with <paramref name="code"/>, and reads its document, or the report that ends a stream of events.</summary>
    public async Task<JsonNode> JsonAsync(int code, params string[] words)
    {
        string output = (await RunAsync([.. words, "--format", "json"])).With(code).Output;
        return JsonNode.Parse(words[0] is "deploy" or "down" ? output.TrimEnd().Split('\n')[^1] : output)!;
    }

    /// <summary>The resources that a run changes, as <c>action kind name</c>.</summary>
    public async Task<IReadOnlyList<string>> ChangesAsync(int code, params string[] words) =>
        [.. (await JsonAsync(code, words))["resources"]!.AsArray().Select(each => $"{each!["action"]} {each["kind"]} {each["name"]}")];

    /// <summary>Deploys and verifies, which must succeed.</summary>
    public Task<IReadOnlyList<string>> DeployAsync() => ChangesAsync(0, "deploy");

    /// <summary>Whether <c>health</c> finds every service healthy; of each, a call or a notification went through on every host.</summary>
    public async Task<bool> IsHealthyAsync()
    {
        Ended run = await RunAsync("health", "--format", "json");
        Assert.True(run.Code is 0 or 4, $"health ended with {run.Code}\n{run.Error}");
        bool healthy = JsonNode.Parse(run.Output)!["healthy"]!.GetValue<bool>();
        Assert.Equal(healthy, run.Code == 0);
        return healthy;
    }

    /// <summary>The transport URL of a service, password included.</summary>
    public async Task<TransportUrl> UrlAsync(string service) =>
        TransportUrl.Parse((await JsonAsync(0, "show", "urls", "--reveal"))["urls"]![service]!.GetValue<string>());

    /// <summary>What <c>show paths</c> says of a service.</summary>
    public async Task<JsonNode> PathsAsync(string service) => (await JsonAsync(0, "show", "paths"))["paths"]![service]!;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await RunAsync("down");
        parent.Dispose();
    }

    // For its owner only: parameters may be passwords.
    private string SiteFile()
    {
        string file = parent.Write("site.yaml", "parameter_defaults: {" + string.Join(", ", parameters.Select(each => $"{each.Key}: {each.Value}")) + "}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return file;
    }
}
