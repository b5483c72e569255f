using System.Text.Json.Serialization;
using Twinbus.Hosts.Plans;

namespace Twinbus.Hosts.Kinds.Files;

/// <summary>A file with its whole content, owner, group and mode. It is written whole: temporary file, fsync, rename.</summary>
public sealed record FileResource : Resource
{
    /// <summary><c>file</c></summary>
    public const string KindName = "file";

    /// <summary>Absolute path.</summary>
    public required string Path { get; init; }

    /// <summary>The text, UTF-8, when it may be seen; exactly one of this and <see cref="SecretContent"/> is given.</summary>
    public string? Content { get; init; }

    /// <summary>The text when it must not be seen: a key, a file with password hashes.</summary>
    public Secret? SecretContent { get; init; }

    /// <summary>Owner by name.</summary>
    public string Owner { get; init; } = "root";

    /// <summary>Group by name.</summary>
    public string Group { get; init; } = "root";

    /// <summary>Permission bits.</summary>
    public UnixFileMode Mode { get; init; } = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => KindName;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Name => Path;
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata, UseStringEnumConverter = true)]
[JsonSerializable(typeof(FileResource))]
internal sealed partial class FileJson : JsonSerializerContext;
