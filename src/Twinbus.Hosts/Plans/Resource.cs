using System.Text.Json.Serialization;

namespace Twinbus.Hosts.Plans;

/// <summary>
/// One thing that a host can be made to have. A resource is inert: it says how the thing shall be, and the converger of
/// its kind reads the thing as it is, compares, and changes what differs.
/// </summary>
public abstract record Resource
{
    /// <summary>The kind, as it stands in JSON, reports and plans: <c>file</c>, <c>service</c>, ...</summary>
    [JsonIgnore]
    public abstract string Kind { get; }

    /// <summary>What tells it from others of its kind on one host: a path, a unit name, <c>instance:user</c>.</summary>
    [JsonIgnore]
    public abstract string Name { get; }

    /// <summary>
    /// The group of hosts which take turns, one at a time, when each has <paramref name="action"/> to do about its
    /// resource of this kind; null when all may do it at once.
    /// </summary>
    /// <param name="action">What a host has to do; <see cref="ResourceAction.None"/> when its check found nothing.</param>
    public virtual string? TakesTurnsIn(ResourceAction action) => null;
}
