using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Twinbus.Testing;

namespace Twinbus.EndToEnd.Tests;

/// <summary>
/// A deployment of its own, in its own directory, so that it meets no other on this machine. Whatever a test leaves of
/// it is taken down at the end.
/// </summary>
public sealed class Deployed : IAsyncLifetime
{
    private readonly TemporaryDirectory parent = new();

    public Deployed() => Name = $"e2e-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";

    /// <summary>The deployment's name, which follows from its directory.</summary>
    public string Name { get; }

    /// <summary>The deployment directory.</summary>
    public string Path => parent[Name];

    /// <summary>Name of the one instance that the default environment makes.</summary>
    public string Instance => $"{Name}-messaging";

    /// <summary>The system user of the instance.</summary>
    public string User => $"twinbus-{Instance}";

    /// <summary>How the first <c>up</c> ended.</summary>
    internal Ended FirstUp { get; private set; } = null!;

    public async ValueTask InitializeAsync() => FirstUp = (await RunAsync("up")).With(0);

    /// <summary>Runs a command of <c>twinbus</c> on this deployment.</summary>
    internal Task<Ended> RunAsync(params string[] words) => TwinbusProcess.RunAsync([.. words, "-d", Path]);

    /// <summary>Runs a command, which must end with <paramref name="code"/>, and reads what it printed: its document, or the report that ends a stream of events.</summary>
    internal async Task<JsonNode> JsonAsync(int code, params string[] words)
    {
        string output = (await RunAsync([.. words, "--format", "json"])).With(code).Output;
        return JsonNode.Parse(words[0] is "up" or "deploy" or "down" ? output.TrimEnd().Split('\n')[^1] : output)!;
    }

    /// <summary>The resources that a run changed, as <c>action kind name</c>.</summary>
    internal async Task<string[]> ChangesAsync(int code, params string[] words) =>
        [.. (await JsonAsync(code, words))["resources"]!.AsArray().Select(each => $"{each!["action"]} {each["kind"]} {each["name"]}")];

    /// <summary>A value of secrets.json.</summary>
    internal IReadOnlyDictionary<string, string> Secrets() =>
        JsonNode.Parse(File.ReadAllText(System.IO.Path.Combine(Path, "secrets.json")))!["secrets"]!.AsObject().ToDictionary(each => each.Key, each => each.Value!.GetValue<string>());

    /// <summary>The transport URL of a service, password included.</summary>
    internal async Task<Uri> UrlAsync(string service) => new((await JsonAsync(0, "show", "urls", "--reveal"))["urls"]![service]!.GetValue<string>());

    /// <summary>The processes of the instance.</summary>
    internal IReadOnlyList<RunningProcess> Processes() => ProcessTable.Of(User);

    /// <summary>Every file of the deployment on this machine that only a deploy may write, as it is seen from outside.</summary>
    internal IReadOnlyList<string> Files() => FileFacts.Of(
        $"/etc/twinbus/{Instance}", $"/var/lib/twinbus/{Instance}", "/var/lib/twinbus/ledger", $"/run/twinbus/{Instance}", Path);

    public async ValueTask DisposeAsync()
    {
        await RunAsync("down");
        parent.Dispose();
    }
}
