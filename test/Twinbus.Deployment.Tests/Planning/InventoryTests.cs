using Twinbus.Deployment.Model;
using Twinbus.Deployment.Planning;
using Xunit;

namespace Twinbus.Deployment.Tests.Planning;

/// <summary>Inventories as people write them for Ansible.</summary>
public sealed class InventoryTests : IDisposable
{
    private readonly Workplace workplace = new();

    public void Dispose() => workplace.Dispose();

    [Theory]
    [InlineData("n[01:03]", "n01 n02 n03")]
    [InlineData("n[1:7:3]", "n1 n4 n7")]
    [InlineData("n[a:e:2].example.org", "na.example.org nc.example.org ne.example.org")]
    [InlineData("r[1:2]-n[08:10:2]", "r1-n08 r1-n10 r2-n08 r2-n10")]
    public async Task RangesAreWrittenOut(string range, string names) =>
        Assert.Equal(names.Split(' '), (await HostsAsync($"Controller:\n  hosts:\n    {range}:\n")).Select(host => host.Name));

    [Fact]
    public async Task AnEncryptedValueThatIsNotReadIsNobodysBusiness()
    {
        DeploymentHost host = Assert.Single(await HostsAsync(
            """
            Controller:
              hosts:
                h1:
                  ansible_host: !unsafe 10.0.0.1
                  ansible_become_password: !vault |
                    $ANSIBLE_VAULT;1.1;AES256
                    6162
              vars:
                other: !vault |
                  $ANSIBLE_VAULT;1.1;AES256
            """));
        Assert.Equal("10.0.0.1", host.Address);
    }

    [Theory]
    [InlineData("fd00::11")]
    [InlineData("'[fd00::11]'")]
    public async Task BracketsAroundAnAddressAreForItsReader(string address) =>
        Assert.Equal("fd00::11", Assert.Single(await HostsAsync($"Controller:\n  hosts:\n    h1: {{ansible_host: {address}}}\n")).Address);

    [Fact]
    public async Task ArgumentsForTheSshClientAreHandedOnInAnsiblesOrder()
    {
        DeploymentHost host = Assert.Single(await HostsAsync(
            """
            Controller:
              hosts:
                h1:
                  ansible_ssh_extra_args: -4
              vars:
                ansible_ssh_common_args: '-o ProxyCommand="ssh -W %h:%p user@bastion"'
            """));
        Assert.Equal("-o ProxyCommand=\"ssh -W %h:%p user@bastion\" -4", host.SshArguments);
    }

    [Theory]
    [InlineData("smart", false)]
    [InlineData("paramiko", false)]
    [InlineData("ssh", false)]
    [InlineData("local", true)]
    public async Task ConnectionsOfAnsibleAreSshOrThisMachine(string connection, bool isLocal) => Assert.Equal(
        isLocal, Assert.Single(await HostsAsync($"Controller:\n  hosts:\n    h1: {{ansible_connection: {connection}}}\n")).IsLocal);

    private async Task<IEnumerable<DeploymentHost>> HostsAsync(string inventory) =>
        workplace.Prepare(await workplace.ReadAsync(new DeploymentRequest { Inventory = workplace.Write("hosts.yaml", inventory) })).Deployment.Hosts;
}
