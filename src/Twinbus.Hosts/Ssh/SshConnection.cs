namespace Twinbus.Hosts.Ssh;

/// <summary>
/// Another machine, through the system's OpenSSH client: its configuration, agent, known hosts and jump hosts hold.
/// What is null here is as that configuration says.
/// </summary>
public sealed record SshConnection : HostConnection
{
    /// <summary>Address or name to connect to (<c>ansible_host</c>).</summary>
    public required string Address { get; init; }

    /// <summary>Port, 1 to 65535 (<c>ansible_port</c>).</summary>
    public int? Port { get; init; }

    /// <summary>User to log in as (<c>ansible_user</c>); needs <c>sudo</c> unless it is root.</summary>
    public string? User { get; init; }

    /// <summary>Private key file (<c>ansible_ssh_private_key_file</c>).</summary>
    public string? KeyFile { get; init; }

    /// <summary>Further options for the client (<c>ansible_ssh_common_args</c>), see <see cref="SshArguments"/>; Twinbus's own come first and win.</summary>
    public string? Arguments { get; init; }
}
