using System.Text.Json.Serialization;
using Twinbus.Hosts.Plans;

namespace Twinbus.Hosts.Kinds.Directories;

/// <summary>A directory with its owner, group and mode.</summary>
public sealed record DirectoryResource : Resource
{
    /// <summary><c>directory</c></summary>
    public const string KindName = "directory";

    /// <summary>Absolute path without symbolic links in the part that Twinbus makes.</summary>
    public required string Path { get; init; }

    /// <summary>Owner by name.</summary>
    public string Owner { get; init; } = "root";

    /// <summary>Group by name.</summary>
    public string Group { get; init; } = "root";

    /// <summary>Permission bits.</summary>
    public UnixFileMode Mode { get; init; } = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Whether removal takes what others put into it as well (a broker's data), or leaves a directory that is not empty.</summary>
    public bool OwnsContent { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => KindName;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Name => Path;
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata, UseStringEnumConverter = true)]
[JsonSerializable(typeof(DirectoryResource))]
internal sealed partial class DirectoryJson : JsonSerializerContext;
