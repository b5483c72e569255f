namespace Twinbus.Cli;

/// <summary>What the process ends with. Scripts rely on these numbers; they do not change.</summary>
internal enum ExitCode
{
    /// <summary>Done, or there was nothing to do.</summary>
    Done = 0,

    /// <summary>Something that was tried did not succeed.</summary>
    Failed = 1,

    /// <summary>Bad input or usage; no host was touched.</summary>
    BadInput = 2,

    /// <summary><c>plan</c>: a deploy would change something.</summary>
    ChangesPending = 3,

    /// <summary><c>health</c>: a messaging service does not do its work.</summary>
    Unhealthy = 4,

    /// <summary>Another run holds the deployment.</summary>
    Held = 5,
}
