using System.Text.Json;
using System.Text.Json.Serialization;

namespace Twinbus.Hosts.RabbitMq.Management;

/// <summary>What <c>GET /api/definitions</c> of RabbitMQ 3.10 to 4.x tells; only what is compared is named.</summary>
internal sealed record Definitions
{
    public IReadOnlyList<DefinedUser> Users { get; init; } = [];

    public IReadOnlyList<DefinedVirtualHost> Vhosts { get; init; } = [];

    public IReadOnlyList<DefinedPermission> Permissions { get; init; } = [];

    public IReadOnlyList<DefinedPolicy> Policies { get; init; } = [];
}

internal sealed record DefinedUser
{
    public required string Name { get; init; }

    [JsonPropertyName("password_hash")]
    public string PasswordHash { get; init; } = "";

    [JsonPropertyName("hashing_algorithm")]
    public string HashingAlgorithm { get; init; } = "";

    // A list; before 3.9 a text with commas.
    public JsonElement Tags { get; init; }

    [JsonIgnore]
    public IReadOnlyList<string> TagList => Tags.ValueKind switch
    {
        JsonValueKind.Array => [.. Tags.EnumerateArray().Select(t => t.GetString()!)],
        JsonValueKind.String => Tags.GetString()!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        _ => [],
    };
}

internal sealed record DefinedVirtualHost
{
    public required string Name { get; init; }
}

/// <summary>A virtual host on each running member (<c>GET /api/vhosts/NAME</c>).</summary>
internal sealed record VirtualHostState
{
    /// <summary><c>running</c> or <c>stopped</c> by node.</summary>
    public IReadOnlyDictionary<string, string> ClusterState { get; init; } = new Dictionary<string, string>();
}

internal sealed record DefinedPermission
{
    public required string User { get; init; }

    public required string Vhost { get; init; }

    public required string Configure { get; init; }

    public required string Write { get; init; }

    public required string Read { get; init; }
}

internal sealed record DefinedPolicy
{
    public required string Vhost { get; init; }

    public required string Name { get; init; }

    public required string Pattern { get; init; }

    [JsonPropertyName("apply-to")]
    public string ApplyTo { get; init; } = "all";

    public int Priority { get; init; }

    public JsonElement Definition { get; init; }
}

/// <summary>What the management API says when it refuses.</summary>
internal sealed record Refusal
{
    public string Error { get; init; } = "";

    // A text, or an object with more of it.
    public JsonElement Reason { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Definitions))]
[JsonSerializable(typeof(Refusal))]
[JsonSerializable(typeof(VirtualHostState))]
internal sealed partial class ManagementJson : JsonSerializerContext;
