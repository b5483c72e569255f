using System.Text.Json.Serialization;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.RabbitMq.Management;

namespace Twinbus.Hosts.RabbitMq.Policies;

/// <summary>A RabbitMQ policy.</summary>
public sealed record RabbitMqPolicyResource : Resource, IBrokerEntity
{
    /// <summary><c>rabbitmq-policy</c></summary>
    public const string KindName = "rabbitmq-policy";

    /// <summary>The node's management API.</summary>
    public required RabbitMqManagement Management { get; init; }

    /// <summary>The virtual host that it holds in.</summary>
    public required string VirtualHost { get; init; }

    /// <summary>Name of the policy.</summary>
    public required string Policy { get; init; }

    /// <summary>Regular expression over the names of what it applies to.</summary>
    public required string Pattern { get; init; }

    /// <summary><c>queues</c>, <c>exchanges</c> or <c>all</c>.</summary>
    public string AppliesTo { get; init; } = "queues";

    /// <summary>The higher one wins.</summary>
    public int Priority { get; init; }

    /// <summary>Keys and values; a value is JSON text (<c>1800000</c>, <c>"reject-publish"</c>).</summary>
    public required IReadOnlyDictionary<string, string> Definition { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => KindName;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Name => $"{Management.Instance}:{VirtualHost}:{Policy}";
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(RabbitMqPolicyResource))]
internal sealed partial class PolicyJson : JsonSerializerContext;
