namespace Twinbus.Hosts;

/// <summary>Why something on a host, or a whole run, did not work.</summary>
public enum HostFailureReason
{
    /// <summary>The change needs root, and there is neither root nor a working <c>sudo</c>.</summary>
    NotPermitted,

    /// <summary>A package could not be installed or removed.</summary>
    Package,

    /// <summary>A file, directory or user could not be made as it shall be.</summary>
    FileSystem,

    /// <summary>The disk or its inodes are used up.</summary>
    DiskFull,

    /// <summary>A service did not start, or died.</summary>
    Service,

    /// <summary>A broker refused what was asked of its management API, or did not answer.</summary>
    Broker,

    /// <summary>What the plan asks for would lose messages or a queue's majority; nothing was changed on any host.</summary>
    Refused,

    /// <summary>Another deployment has a port that the plan gives to a service; nothing was changed on any host.</summary>
    PortTaken,

    /// <summary>Another run holds the deployment or its part on the host.</summary>
    Held,

    /// <summary>The host does not answer, or the connection fell silent.</summary>
    Unreachable,

    /// <summary>The host's SSH key is unknown or not the one that was accepted.</summary>
    HostKey,

    /// <summary>The host's operating system or processor is not one that Twinbus supports.</summary>
    Unsupported,

    /// <summary>The host does not know the address of another one that it needs.</summary>
    NameUnknown,

    /// <summary>The host changed since the plan was made.</summary>
    StalePlan,

    /// <summary>The host has no agent yet.</summary>
    NoAgent,

    /// <summary>The agent and the runner do not understand each other.</summary>
    Protocol,

    /// <summary>The run was interrupted.</summary>
    Interrupted,
}
