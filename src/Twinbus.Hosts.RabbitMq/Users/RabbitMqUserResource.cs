using System.Text.Json.Serialization;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.RabbitMq.Management;

namespace Twinbus.Hosts.RabbitMq.Users;

/// <summary>A RabbitMQ user with exactly these tags and this password, or, when <see cref="Absent"/>, no such user.</summary>
public sealed record RabbitMqUserResource : Resource, IBrokerEntity
{
    /// <summary><c>rabbitmq-user</c></summary>
    public const string KindName = "rabbitmq-user";

    /// <summary>The node's management API.</summary>
    public required RabbitMqManagement Management { get; init; }

    /// <summary>Name of the user.</summary>
    public required string User { get; init; }

    /// <summary>Its password; none when the user shall not exist. Compared by salted hash, never sent when equal.</summary>
    public Secret? Password { get; init; }

    /// <summary>Its tags, exactly: none for an application, <c>administrator</c> for Twinbus itself.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Whether the user shall not exist (guest).</summary>
    public bool Absent { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => KindName;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Name => $"{Management.Instance}:{User}";
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(RabbitMqUserResource))]
internal sealed partial class UserJson : JsonSerializerContext;
