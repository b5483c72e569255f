using System.Text.Json.Serialization;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.RabbitMq.Management;

namespace Twinbus.Hosts.RabbitMq.VirtualHosts;

/// <summary>A RabbitMQ virtual host.</summary>
public sealed record RabbitMqVirtualHostResource : Resource, IBrokerEntity
{
    /// <summary><c>rabbitmq-vhost</c></summary>
    public const string KindName = "rabbitmq-vhost";

    /// <summary>The node's management API.</summary>
    public required RabbitMqManagement Management { get; init; }

    /// <summary>Name, such as <c>/</c>.</summary>
    public required string VirtualHost { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => KindName;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Name => $"{Management.Instance}:{VirtualHost}";
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(RabbitMqVirtualHostResource))]
internal sealed partial class VirtualHostJson : JsonSerializerContext;
