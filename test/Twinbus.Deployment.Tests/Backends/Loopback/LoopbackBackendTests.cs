using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Clients;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Planning;
using Twinbus.Deployment.Reading;
using Twinbus.Hosts.Kinds.Files;
using Twinbus.Hosts.Plans;
using Xunit;

namespace Twinbus.Deployment.Tests.Backends.Loopback;

/// <summary>A backend is added by its folder, one line of registration and its service files, and by nothing else.</summary>
public sealed class LoopbackBackendTests : IDisposable
{
    private readonly Workplace workplace = new();
    private readonly BackendRegistry backends = new([.. BackendRegistry.Shipped.All, new LoopbackBackend()]);

    public void Dispose() => workplace.Dispose();

    [Fact]
    public async Task ABackendOfATestIsReadCheckedAndPlanned()
    {
        DeploymentSource source = await ReadAsync("  LoopbackPort: 7100");
        PreparedDeployment prepared = workplace.Prepare(source);

        MessagingService rpc = prepared.Deployment.Service("rpc")!;
        BrokerInstance instance = prepared.Deployment.InstanceOf(rpc)!;
        Assert.Equal("loopback", instance.Backend);
        Assert.Equal("fake", rpc.Transport);
        Assert.Null(rpc.UserName);
        Assert.Equal(7100, instance.Ports[PortPurpose.Client]);
        Assert.Equal("7100", instance.Settings["LoopbackPort"]);
        FileResource file = prepared.Plan.Hosts[0].Stages.SelectMany(stage => stage.Resources).OfType<FileResource>().Single(file => file.Path.EndsWith("loopback.conf", StringComparison.Ordinal));
        Assert.Equal(prepared.Secrets["rpc.seal"], file.SecretContent);
        Assert.StartsWith("fake://127.0.0.1:7100/", TransportUrlText.Redacted(rpc), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheBackendSaysWhatIsWrongWithItsParameters()
    {
        DeploymentException e = await Assert.ThrowsAsync<DeploymentException>(() => ReadAsync("  LoopbackPort: 7"));
        Assert.Equal(["LoopbackPort is 7"], e.Problems.Select(problem => problem.What));
    }

    [Fact]
    public async Task ASlipInItsParametersIsNoticedByItsPrefix()
    {
        DeploymentException e = await Assert.ThrowsAsync<DeploymentException>(() => ReadAsync("  LoopbackColour: green"));
        Assert.Equal(["unknown parameter LoopbackColour"], e.Problems.Select(problem => problem.What));
    }

    [Fact]
    public async Task WhatItCannotCarryIsRefusedWithItsReason()
    {
        string environment = Environment("  OS::TripleO::Services::OsloMessagingNotify: {0}/services/messaging-notify-backend-loopback.yaml", "  LoopbackPort: 7100");
        DeploymentException e = await Assert.ThrowsAsync<DeploymentException>(() => ReadFileAsync(environment));
        Assert.Equal(["Loopback cannot carry notify"], e.Problems.Select(problem => problem.What));
        Assert.Equal("nothing comes out of it", e.Problems[0].Why);
    }

    private Task<DeploymentSource> ReadAsync(string parameter) =>
        ReadFileAsync(Environment(
            "  OS::TripleO::Services::OsloMessagingRpc: {0}/services/messaging-rpc-backend-loopback.yaml\n  OS::TripleO::Services::OsloMessagingNotify: OS::Heat::None", parameter));

    private Task<DeploymentSource> ReadFileAsync(string environment) => DeploymentSource.ReadAsync(
        new DeploymentRequest { Environments = [environment] }, Shipped(), backends, CancellationToken.None);

    private string Environment(string mapping, string parameter) => workplace.Write(
        "environment.yaml",
        $"resource_registry:\n{mapping.Replace("{0}", workplace.Root, StringComparison.Ordinal)}\nparameter_defaults:\n{parameter}\n");

    // What Twinbus ships, with the two files of the backend beside.
    private ShippedFiles Shipped()
    {
        foreach (string folder in (string[])["environments", "services", "roles"])
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(workplace.Shipped.Root, folder), "*.yaml", SearchOption.AllDirectories))
            {
                workplace.Write(Path.GetRelativePath(workplace.Shipped.Root, file), File.ReadAllText(file));
            }
        }

        workplace.Write("services/messaging-rpc-backend-loopback.yaml", """
            description: Calls to oneself
            carries: rpc
            backend: loopback
            parameters_from:
              - parameters/service.yaml
              - parameters/loopback.yaml
            """);
        workplace.Write("services/parameters/loopback.yaml", """
            parameters:
              LoopbackPort:
                type: number
                default: 7007
                description: Port of it.
            """);
        return new ShippedFiles(workplace.Root);
    }
}
