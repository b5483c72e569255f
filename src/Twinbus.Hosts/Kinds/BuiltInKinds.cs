using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Kinds.Directories;
using Twinbus.Hosts.Kinds.Files;
using Twinbus.Hosts.Kinds.HostNames;
using Twinbus.Hosts.Kinds.Packages;
using Twinbus.Hosts.Kinds.Ports;
using Twinbus.Hosts.Kinds.Services;
using Twinbus.Hosts.Kinds.Users;

namespace Twinbus.Hosts.Kinds;

/// <summary>The kinds of resources that every server needs on a host.</summary>
public static class BuiltInKinds
{
    /// <summary>Adds them. To add one, add its line.</summary>
    /// <param name="kinds">What to add them to.</param>
    public static ResourceKinds AddBuiltIn(this ResourceKinds kinds)
    {
        ArgumentNullException.ThrowIfNull(kinds);
        return kinds
            .Add(PortReservationResource.KindName, new PortReservationConverger(), PortReservationJson.Default.PortReservationResource)
            .Add(HostNameResource.KindName, new HostNameConverger(), HostNameJson.Default.HostNameResource)
            .Add(PackageResource.KindName, new PackageConverger(), PackageJson.Default.PackageResource)
            .Add(UserResource.KindName, new UserConverger(), UserJson.Default.UserResource)
            .Add(DirectoryResource.KindName, new DirectoryConverger(), DirectoryJson.Default.DirectoryResource)
            .Add(FileResource.KindName, new FileConverger(), FileJson.Default.FileResource)
            .Add(ServiceResource.KindName, new ServiceConverger(), ServiceJson.Default.ServiceResource);
    }
}
