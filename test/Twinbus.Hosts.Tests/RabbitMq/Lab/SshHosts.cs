using System.Collections.Immutable;
using Twinbus.Hosts.Running;
using Twinbus.Hosts.Ssh;
using Twinbus.Testing;
using Twinbus.Testing.Lab;

namespace Twinbus.Hosts.Tests.RabbitMq.Lab;

/// <summary>Three booted hosts and a runner's way to them; made once for all tests that need them.</summary>
public sealed class SshHosts : IAsyncLifetime
{
    private readonly TemporaryDirectory directory = new();

    public LabMachines Machines { get; } = new("ht", "10.87.0");

    public string KnownHostsFile => directory["known_hosts"];

    public async ValueTask InitializeAsync()
    {
        await Machines.PublishAgentAsync();
        await Machines.BootAsync(3);
    }

    public async ValueTask DisposeAsync()
    {
        await Machines.DisposeAsync();
        directory.Dispose();
    }

    public RunnerOptions Options(string user, params string[] hosts) => new()
    {
        Kinds = TestHost.Kinds,
        AgentDirectory = Machines.AgentDirectory,
        KnownHostsFile = KnownHostsFile,
        AcceptNewHostKeys = true,
        Connections = hosts.ToImmutableDictionary(
            host => host,
            HostConnection (host) => new SshConnection { Address = Machines.Address(host), User = user, KeyFile = Machines.KeyFile }),
    };
}
