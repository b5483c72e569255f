using System.Text.Json.Serialization;

namespace Twinbus.Hosts.Plans;

/// <summary>What a run did to a resource, or would do.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ResourceAction>))]
public enum ResourceAction
{
    /// <summary>Nothing: it is as it shall be.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>It was not there.</summary>
    [JsonStringEnumMemberName("create")]
    Create,

    /// <summary>It differed.</summary>
    [JsonStringEnumMemberName("change")]
    Change,

    /// <summary>A service that was not running.</summary>
    [JsonStringEnumMemberName("start")]
    Start,

    /// <summary>A service that ran with other files than those it shall run with.</summary>
    [JsonStringEnumMemberName("restart")]
    Restart,

    /// <summary>The plan no longer names it, or the deployment is being removed.</summary>
    [JsonStringEnumMemberName("delete")]
    Delete,
}
