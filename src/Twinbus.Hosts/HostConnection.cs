namespace Twinbus.Hosts;

/// <summary>How a host is reached.</summary>
public abstract record HostConnection
{
    private protected HostConnection()
    {
    }
}

/// <summary>The machine that Twinbus runs on: in the same process as root, otherwise through <c>sudo -n</c>.</summary>
public sealed record LocalConnection : HostConnection;
