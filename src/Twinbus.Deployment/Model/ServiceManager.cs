using System.Text.Json.Serialization;

namespace Twinbus.Deployment.Model;

/// <summary>What keeps the nodes of an instance running.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ServiceManager>))]
public enum ServiceManager
{
    /// <summary>systemd where a host runs it, Twinbus's supervisor where not.</summary>
    [JsonStringEnumMemberName("auto")]
    Auto,

    /// <summary>systemd.</summary>
    [JsonStringEnumMemberName("systemd")]
    Systemd,

    /// <summary>Twinbus's supervisor.</summary>
    [JsonStringEnumMemberName("supervised")]
    Supervised,

    /// <summary>Pacemaker.</summary>
    [JsonStringEnumMemberName("pacemaker")]
    Pacemaker,
}
