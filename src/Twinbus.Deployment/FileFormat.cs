using System.Text.Json;

namespace Twinbus.Deployment;

/// <summary>A format of files that Twinbus keeps, and the version of it that this version of Twinbus reads and writes.</summary>
/// <param name="Name">What a file of it names as its <c>format</c>, such as <c>twinbus-secrets</c>.</param>
/// <param name="Version">What it names as its <c>version</c>, from 1.</param>
internal sealed record FileFormat(string Name, int Version)
{
    /// <summary>Refuses what another version of Twinbus wrote.</summary>
    /// <param name="file">The file, for the error.</param>
    /// <param name="text">Its content.</param>
    /// <exception cref="DeploymentException">It names another format or version, or none (<see cref="DeploymentFailureReason.Directory"/>).</exception>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public void RefuseOther(string file, byte[] text)
    {
        (string? name, int? version) = HeadOf(text);
        RefuseOther(file, name, version);
    }

    /// <inheritdoc cref="RefuseOther(string, byte[])"/>
    /// <param name="file">The file, for the error.</param>
    /// <param name="name">The format that it names.</param>
    /// <param name="version">The version that it names.</param>
    public void RefuseOther(string file, string? name, int? version)
    {
        if (name == Name && version == Version)
        {
            return;
        }

        Problem problem = name is null
            ? new Problem(
                "not what this version of Twinbus writes",
                $"it names no format, and this version reads {Name} version {Version}",
                "restore the file from a backup, or run the version of Twinbus that wrote it")
            : new Problem(
                "written by another version of Twinbus",
                $"its format is {name} version {version?.ToString() ?? "unknown"}, and this version reads {Name} version {Version}",
                "run the version of Twinbus that wrote it, or name another directory with -d");
        throw new DeploymentException(DeploymentFailureReason.Directory, problem with { Place = SourcePlace.Whole(file) });
    }

    /// <summary>The format and version that a JSON document names; null for what it does not name.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static (string? Name, int? Version) HeadOf(byte[] text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            return (null, null);
        }

        string? name = root.TryGetProperty("format", out JsonElement format) && format.ValueKind == JsonValueKind.String ? format.GetString() : null;
        bool hasVersion = root.TryGetProperty("version", out JsonElement version) && version.ValueKind == JsonValueKind.Number;
        return (name, hasVersion && version.TryGetInt32(out int number) ? number : null);
    }
}
