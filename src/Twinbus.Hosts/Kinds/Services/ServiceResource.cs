using System.Text.Json.Serialization;
using Twinbus.Hosts.Plans;

namespace Twinbus.Hosts.Kinds.Services;

/// <summary>
/// A program that runs in the background and is started again when it dies: a systemd unit where systemd is the
/// service manager, a supervised process elsewhere. One record, two convergers.
/// </summary>
public sealed record ServiceResource : Resource
{
    /// <summary><c>service</c></summary>
    public const string KindName = "service";

    /// <summary>The unit's name without <c>.service</c>.</summary>
    public required string Unit { get; init; }

    /// <summary>One line on what it is, for the service manager's listings.</summary>
    public required string Description { get; init; }

    /// <summary>The program and its arguments; the program is an absolute path. It stays in the foreground.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>User and group that it runs as.</summary>
    public required string User { get; init; }

    /// <summary>Its whole environment besides PATH and LANG. Never a secret.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Where it starts, absolute.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>
    /// Directory, owned by root, for <c>pid</c> and for <c>loaded</c>, the fingerprint of the files that the running
    /// process was started with. The service makes it at each start, since /run is empty after a boot; a plan does not.
    /// </summary>
    public required string RuntimeDirectory { get; init; }

    /// <summary>File that takes what the program writes to its standard output and error.</summary>
    public required string OutputFile { get; init; }

    /// <summary>
    /// Files that the program reads when it starts. Their content is fingerprinted at each start; it is restarted when
    /// the fingerprint of the running process is not that of the files, and only then.
    /// </summary>
    public IReadOnlyList<string> LoadedFiles { get; init; } = [];

    /// <summary>Ports on which it listens once it is ready, as <c>address:port</c>; it counts as started when all accept a connection.</summary>
    public IReadOnlyList<string> ReadyWhenListening { get; init; } = [];

    /// <summary>How long a start may take, in seconds; 1 to 3600.</summary>
    public int StartTimeoutSeconds { get; init; } = 120;

    /// <summary>How long it may take to stop after SIGTERM, in seconds, before it is killed; 1 to 600.</summary>
    public int StopTimeoutSeconds { get; init; } = 60;

    /// <summary>How long to wait, in seconds, before a program that died is started again; 1 to 600.</summary>
    public int RestartDelaySeconds { get; init; } = 10;

    /// <summary>Largest number of open files, capped by the hard limit where there is no service manager.</summary>
    public int OpenFiles { get; init; } = 65536;

    /// <summary>What its restart needs when it is one of several; null when it stands alone.</summary>
    public RestartGuard? Guard { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => KindName;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Name => Unit;

    /// <inheritdoc/>
    public override string? TakesTurnsIn(ResourceAction action) =>
        action == ResourceAction.Restart ? Guard?.Group : null;
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ServiceResource))]
internal sealed partial class ServiceJson : JsonSerializerContext;
