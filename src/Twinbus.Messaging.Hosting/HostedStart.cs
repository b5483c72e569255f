namespace Twinbus.Messaging.Hosting;

/// <summary>What a host's start has to do with a bus that is away.</summary>
public enum HostedStart
{
    /// <summary>The host starts at once; connecting goes on in the background, and each failure is logged and tried again.</summary>
    InBackground,

    /// <summary>The host's start waits until requests or notifications can arrive, and fails when the broker refuses us.</summary>
    WaitForConnection,
}
