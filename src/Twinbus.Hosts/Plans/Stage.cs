namespace Twinbus.Hosts.Plans;

/// <summary>The stages of a run. The order carries the dependencies: nothing else does.</summary>
public enum Stage
{
    /// <summary>Ports, so that of two deployments that want the same one learns it before anything is made.</summary>
    Reserve,

    /// <summary>Packages, users, directories.</summary>
    Prepare,

    /// <summary>Configuration files, keys, certificates.</summary>
    Configure,

    /// <summary>Services up.</summary>
    Start,

    /// <summary>Brokers joined into clusters.</summary>
    Cluster,

    /// <summary>Virtual hosts, users, permissions, policies, topics.</summary>
    Provision,

    /// <summary>Read-only checks on the host itself.</summary>
    Verify,
}
