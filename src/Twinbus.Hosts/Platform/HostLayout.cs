namespace Twinbus.Hosts.Platform;

/// <summary>Where a host keeps what convergers read of it. Tests lay it out in a directory of their own.</summary>
/// <param name="Root">The root of the file system; <c>/</c> but for tests.</param>
internal sealed record HostLayout(string Root = "/")
{
    public string Passwd => Path.Combine(Root, "etc/passwd");

    public string Group => Path.Combine(Root, "etc/group");

    public string OsRelease => Path.Combine(Root, "etc/os-release");

    public string PackageStatus => Path.Combine(Root, "var/lib/dpkg/status");

    public string PackageLists => Path.Combine(Root, "var/lib/apt/lists");

    public string AptGet => Path.Combine(Root, "usr/bin/apt-get");

    public string Dpkg => Path.Combine(Root, "usr/bin/dpkg");

    public string PolicyRcD => Path.Combine(Root, "usr/sbin/policy-rc.d");

    /// <summary>There exactly when systemd is the running service manager; the documented test for it.</summary>
    public string SystemdMark => Path.Combine(Root, "run/systemd/system");

    public string SystemdUnits => Path.Combine(Root, "etc/systemd/system");

    /// <summary>Start scripts of services where no service manager runs.</summary>
    public string SupervisorScripts => Path.Combine(Root, "etc/twinbus/services");

    /// <summary>What Twinbus remembers on a host, root's alone.</summary>
    public string State => Path.Combine(Root, "var/lib/twinbus");

    public string Ledgers => Path.Combine(State, "ledger");

    public bool RunsSystemd => Directory.Exists(SystemdMark);
}
