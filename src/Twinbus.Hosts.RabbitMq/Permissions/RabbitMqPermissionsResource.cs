using System.Text.Json.Serialization;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.RabbitMq.Management;

namespace Twinbus.Hosts.RabbitMq.Permissions;

/// <summary>All permissions of a RabbitMQ user: exactly these, in no other virtual host.</summary>
public sealed record RabbitMqPermissionsResource : Resource, IBrokerEntity
{
    /// <summary><c>rabbitmq-permissions</c></summary>
    public const string KindName = "rabbitmq-permissions";

    /// <summary>The node's management API.</summary>
    public required RabbitMqManagement Management { get; init; }

    /// <summary>Name of the user.</summary>
    public required string User { get; init; }

    /// <summary>What it may do, one entry a virtual host.</summary>
    public required IReadOnlyList<RabbitMqGrant> Grants { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => KindName;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Name => $"{Management.Instance}:{User}";
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(RabbitMqPermissionsResource))]
internal sealed partial class PermissionsJson : JsonSerializerContext;
