using System.Text.Json.Serialization;
using Twinbus.Hosts.Plans;

namespace Twinbus.Hosts.Kinds.Users;

/// <summary>A system user with a group of the same name, no login and no password.</summary>
public sealed record UserResource : Resource
{
    /// <summary><c>user</c></summary>
    public const string KindName = "user";

    /// <summary>The name of the user and of its group; at most 32 characters of <c>[a-z0-9_-]</c>, starting with a letter.</summary>
    public required string User { get; init; }

    /// <summary>Its home directory: an absolute path that another resource makes.</summary>
    public required string Home { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => KindName;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Name => User;
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(UserResource))]
internal sealed partial class UserJson : JsonSerializerContext;
