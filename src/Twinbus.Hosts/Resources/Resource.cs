using System.Text.Json.Serialization;
using Twinbus.Hosts.Running;

namespace Twinbus.Hosts.Resources;

/// <summary>
/// One thing that a host can be made to have. A resource is inert: it says how the thing shall be, and a converger of
/// the same kind reads the thing as it is, compares, and changes what differs.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(PortClaimResource), PortClaimResource.KindName)]
[JsonDerivedType(typeof(HostNameResource), HostNameResource.KindName)]
[JsonDerivedType(typeof(PackageResource), PackageResource.KindName)]
[JsonDerivedType(typeof(UserResource), UserResource.KindName)]
[JsonDerivedType(typeof(DirectoryResource), DirectoryResource.KindName)]
[JsonDerivedType(typeof(FileResource), FileResource.KindName)]
[JsonDerivedType(typeof(ServiceResource), ServiceResource.KindName)]
[JsonDerivedType(typeof(RabbitMqVirtualHostResource), RabbitMqVirtualHostResource.KindName)]
[JsonDerivedType(typeof(RabbitMqUserResource), RabbitMqUserResource.KindName)]
[JsonDerivedType(typeof(RabbitMqPermissionsResource), RabbitMqPermissionsResource.KindName)]
[JsonDerivedType(typeof(RabbitMqPolicyResource), RabbitMqPolicyResource.KindName)]
[JsonDerivedType(typeof(RabbitMqClusterResource), RabbitMqClusterResource.KindName)]
[JsonDerivedType(typeof(RabbitMqCertificateResource), RabbitMqCertificateResource.KindName)]
public abstract record Resource
{
    private protected Resource()
    {
    }

    /// <summary>The kind, as it stands in JSON, reports and plans: <c>file</c>, <c>service</c>, <c>rabbitmq-user</c>, ...</summary>
    [JsonIgnore]
    public abstract string Kind { get; }

    /// <summary>What tells it from others of its kind on one host: a path, a unit name, <c>instance/user</c>.</summary>
    [JsonIgnore]
    public abstract string Name { get; }

    /// <summary>
    /// The group of hosts which take turns, one at a time, when each has <paramref name="action"/> to do about its
    /// resource of this kind; null when all may do it at once.
    /// </summary>
    /// <param name="action">What a host has to do; <see cref="ResourceAction.None"/> when its check found nothing.</param>
    public virtual string? TakesTurnsIn(ResourceAction action) => null;
}
