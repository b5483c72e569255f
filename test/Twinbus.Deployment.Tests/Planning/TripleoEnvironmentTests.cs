using Twinbus.Deployment.Planning;
using Xunit;

namespace Twinbus.Deployment.Tests.Planning;

/// <summary>A cloud's own environments are input as they are: what they say about other services is ignored, whatever it looks like.</summary>
public sealed class TripleoEnvironmentTests : IDisposable
{
    private readonly Workplace workplace = new();

    public void Dispose() => workplace.Dispose();

    // Each is a parameter of TripleO between Rocky and Zed, and nearly the name of one of ours.
    [Theory]
    [InlineData("CertificateKeySize: '2048'")]
    [InlineData("CephCertificateKeySize: ''")]
    [InlineData("EtcdCertificateKeySize: ''")]
    [InlineData("InternalTLSVncCAFile: /etc/ipa/ca.crt")]
    [InlineData("InternalTLSNbdCAFile: /etc/ipa/ca.crt")]
    [InlineData("FrrLogLevel: informational")]
    public async Task AParameterOfAnotherServiceIsNoSlipInOneOfOurs(string parameter)
    {
        DeploymentSource source = await workplace.ReadTextAsync($"parameter_defaults:\n  {parameter}\n");

        Assert.Equal(parameter.Split(':')[0], Assert.Single(source.Ignored).Name);
    }

    [Theory]
    [InlineData("AnyErrorsFatal")]
    [InlineData("MaxFailPercentage")]
    [InlineData("ServiceNetMap")]
    [InlineData("NetConfigOverride")]
    [InlineData("LocalMtu")]
    [InlineData("NetworkDeploymentActions")]
    public async Task WhatHeatMakesForARoleThatIsCalledMessagingIsNoParameterOfOurs(string ending)
    {
        DeploymentSource source = await workplace.ReadTextAsync($"parameter_defaults:\n  Messaging{ending}: ''\n  MessagingNotify{ending}: ''\n");

        Assert.Equal(2, source.Ignored.Length);
    }

    // TripleO's standalone.yaml maps one service twice, and its undercloud.yaml has keys twice in what it hands on to Puppet.
    [Fact]
    public async Task WhatStandsTwiceAndIsNotOursIsPassedOverAndTheLastWordCounts()
    {
        DeploymentSource source = await workplace.ReadTextAsync("""
            resource_registry:
              OS::TripleO::Services::AodhEvaluator: a.yaml
              OS::TripleO::Services::AodhEvaluator: b.yaml
            parameter_defaults:
              StandaloneExtraConfig:
                nova::memcached: a
                nova::memcached: b

            """);

        Assert.Equal(["OS::TripleO::Services::AodhEvaluator", "StandaloneExtraConfig"], source.Ignored.Select(entry => entry.Name));
        Assert.Equal(3, source.Ignored[0].Place.Line);
    }

    [Theory]
    [InlineData("resource_registry:\n  OS::TripleO::Services::OsloMessagingRpc: OS::Heat::None\n  OS::TripleO::Services::OsloMessagingRpc: a.yaml\n", "OS::TripleO::Services::OsloMessagingRpc")]
    [InlineData("parameter_defaults:\n  NotifyPort: 5672\n  NotifyPort: 5673\n", "NotifyPort")]
    [InlineData("parameters:\n  RabbitFDLimit: 65536\n  RabbitFDLimit: 65537\n", "RabbitFDLimit")]
    public async Task WhatIsOursStandsOnce(string text, string name) =>
        Assert.Contains($"environment.yaml:3:3: {name} is given twice: it stands on line 2 already; keep one of the two", await workplace.ProblemsOfAsync(text));

    [Theory]
    [InlineData("NovaPassword: secret", "1 entry of the environments was ignored")]
    [InlineData("NovaPassword: secret\n  RabbitClientPort: 5672", "2 entries of the environments were ignored")]
    public async Task WhatIsPassedOverIsCounted(string parameters, string expected)
    {
        DeploymentSource source = await workplace.ReadTextAsync($"parameter_defaults:\n  {parameters}\n");

        Problem notice = source.Notices[^1];
        Assert.Equal(expected, notice.What);
        Assert.Contains("show parameters --ignored", notice.Next, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NothingIsCountedWhenAllIsOurs() => Assert.Empty((await workplace.ReadTextAsync("parameter_defaults:\n  RpcPort: 5672\n")).Notices);

    [Fact]
    public async Task RolesWithoutAnInventoryAreSaidToSayNothing()
    {
        string roles = workplace.Write("roles.yaml", "- name: Controller\n  ServicesDefault:\n    - OS::TripleO::Services::OsloMessagingRpc\n");

        DeploymentSource source = await workplace.ReadAsync(new DeploymentRequest { Roles = roles });

        Assert.Equal($"{roles} the roles say nothing", $"{source.Notices[0].Place} {source.Notices[0].What}");
        Assert.Equal(["rpc", "notify"], workplace.Prepare(source).Deployment.Services.Select(service => service.Name));
    }
}
