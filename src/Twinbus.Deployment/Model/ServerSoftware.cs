using System.Text.Json.Serialization;

namespace Twinbus.Deployment.Model;

/// <summary>Where the server of an instance comes from.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ServerSource>))]
public enum ServerSource
{
    /// <summary>The distribution's package.</summary>
    [JsonStringEnumMemberName("package")]
    Package,

    /// <summary>A directory that is on the hosts already; nothing is installed and nothing in it is changed.</summary>
    [JsonStringEnumMemberName("installed")]
    Installed,

    /// <summary>An archive that is brought to the hosts.</summary>
    [JsonStringEnumMemberName("archive")]
    Archive,

    /// <summary>A container image.</summary>
    [JsonStringEnumMemberName("image")]
    Image,

    /// <summary>Twinbus's own program.</summary>
    [JsonStringEnumMemberName("embedded")]
    Embedded,
}

/// <summary>The server of an instance and where it comes from, the same on all of its hosts.</summary>
public sealed record ServerSoftware
{
    /// <summary>The distribution's package, which is what nobody has to ask for.</summary>
    public static ServerSoftware OfPackage { get; } = new();

    /// <summary>Where it comes from.</summary>
    public ServerSource Source { get; init; } = ServerSource.Package;

    /// <summary>The directory on the hosts, absolute, when it is installed there already.</summary>
    public string? Home { get; init; }

    /// <summary>The archive, absolute on this machine or a URL.</summary>
    public string? Archive { get; init; }

    /// <summary>Its checksum: <c>sha256:</c> or <c>sha512:</c> and hexadecimal digits.</summary>
    public string? ArchiveChecksum { get; init; }
}
