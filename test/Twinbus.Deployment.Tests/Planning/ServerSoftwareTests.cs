using Twinbus.Deployment.Model;
using Twinbus.Deployment.Planning;
using Twinbus.Hosts.Resources;
using Xunit;

namespace Twinbus.Deployment.Tests.Planning;

/// <summary>Where a server comes from and what keeps it running.</summary>
public sealed class ServerSoftwareTests : IDisposable
{
    private const string Sum = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private readonly Workplace workplace = new();

    public void Dispose() => workplace.Dispose();

    [Fact]
    public async Task AnInstalledServerIsStartedFromItsDirectoryAndNoPackageIsInstalled()
    {
        DeploymentSource source = await workplace.ReadTextAsync("parameter_defaults:\n  RabbitSource: installed\n  RabbitHome: /opt/rabbitmq_server-3.13.7\n");
        PreparedDeployment prepared = workplace.Prepare(source);

        Assert.Empty(source.Packages);
        BrokerInstance instance = Assert.Single(prepared.Deployment.Instances);
        Assert.Equal(new ServerSoftware { Source = ServerSource.Installed, Home = "/opt/rabbitmq_server-3.13.7" }, instance.Software);
        Assert.Equal(new Version(3, 13), instance.ServerVersion);
        Resource[] resources = [.. prepared.Plan.Hosts[0].Stages.SelectMany(stage => stage.Resources)];
        Assert.Empty(resources.OfType<PackageResource>());
        Assert.Equal(["/opt/rabbitmq_server-3.13.7/sbin/rabbitmq-server"], Assert.Single(resources.OfType<ServiceResource>()).Command);
        Assert.DoesNotContain("/usr/lib/rabbitmq", PlanText.Of(prepared.Plan), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("RabbitSource: installed", "RabbitSource is installed, and nothing says where")]
    [InlineData("RabbitSource: image", "RabbitSource is image, which is not supported for RabbitMQ")]
    [InlineData("RabbitSource: embedded", "RabbitSource is embedded, which is not supported for RabbitMQ")]
    [InlineData("ServiceManager: pacemaker", "ServiceManager is pacemaker, which is not supported yet")]
    public async Task WhatThisVersionCannotDoIsSaidBeforeAnyHostIsAsked(string parameter, string what) =>
        Assert.Contains(await workplace.ProblemsOfAsync($"parameter_defaults:\n  {parameter}\n"), problem => problem.Contains(what, StringComparison.Ordinal));

    [Fact]
    public async Task AnArchiveNeedsAFileAndAChecksumAndIsNotCarriedYet()
    {
        Assert.Contains(
            await workplace.ProblemsOfAsync("parameter_defaults:\n  RabbitSource: archive\n"),
            problem => problem.Contains("RabbitSource is archive without RabbitArchive", StringComparison.Ordinal));
        Assert.Contains(
            await workplace.ProblemsOfAsync($"parameter_defaults:\n  RabbitSource: archive\n  RabbitArchive: /srv/none.tar.xz\n  RabbitArchiveChecksum: {Sum}\n"),
            problem => problem.Contains("there is no such file on this machine", StringComparison.Ordinal));
        Assert.Contains(
            await workplace.ProblemsOfAsync("parameter_defaults:\n  RabbitSource: archive\n  RabbitArchive: /srv/none.tar.xz\n  RabbitArchiveChecksum: md5:0123\n"),
            problem => problem.Contains("RabbitArchiveChecksum", StringComparison.Ordinal) && problem.Contains("sha512", StringComparison.Ordinal));

        string archive = workplace.Write("rabbitmq.tar.xz", "an archive");
        string problem = Assert.Single(await workplace.ProblemsOfAsync($"parameter_defaults:\n  RabbitSource: archive\n  RabbitArchive: {archive}\n  RabbitArchiveChecksum: {Sum}\n"));
        Assert.Contains("this version does not carry archives to hosts yet; set it to package or installed", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AHomeThatNobodyAskedForIsNoted()
    {
        DeploymentSource source = await workplace.ReadTextAsync("parameter_defaults:\n  RabbitHome: /opt/rabbitmq\n");
        Assert.Contains(source.Notices, notice => notice.What == "RabbitHome says nothing");
    }

    [Fact]
    public async Task TheSupervisorIsRefusedWhereSystemdRuns()
    {
        DeploymentSource source = await workplace.ReadTextAsync("parameter_defaults:\n  RpcServiceManager: supervised\n");
        DeploymentException e = Assert.Throws<DeploymentException>(() => workplace.Prepare(source));
        Assert.Contains("RpcServiceManager is supervised, and localhost runs systemd", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SystemdIsTakenIntoTheModelWhereItRuns()
    {
        PreparedDeployment prepared = workplace.Prepare(await workplace.ReadTextAsync("parameter_defaults:\n  ServiceManager: systemd\n"));
        Assert.Equal(ServiceManager.Systemd, prepared.Deployment.Instances[0].ServiceManager);
    }
}
