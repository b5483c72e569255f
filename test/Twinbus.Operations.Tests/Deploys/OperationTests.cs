using Twinbus.Deployment;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Secrets;
using Twinbus.Deployment.State;
using Twinbus.Hosts;
using Twinbus.Hosts.Running;
using Twinbus.Messaging.Drivers;
using Twinbus.Operations.Deploys;
using Twinbus.Testing;

namespace Twinbus.Operations.Tests.Deploys;

/// <summary>What an operation does before it comes to any host, driven as a page or a program drives it: without a command line.</summary>
public sealed class OperationTests : IDisposable
{
    private readonly TemporaryDirectory home = new();
    private readonly List<OperationEvent> events = [];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private DeploymentContext Context => new() { Directory = home["deployment"], Drivers = DriverRegistry.Empty };

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task MistakesInFilesAreTheResultOfAValidation()
    {
        string file = home.Write("bad.yaml", "parameter_defaults:\n  RcpPort: 5690\n");
        ValidationResult result = await new ValidateOperation(Context).RunAsync(new DeploymentFiles { Environments = [file] }, Cancelled);
        Assert.False(result.IsValid);
        Assert.Equal(new SourcePlace(file, 2, 3), Assert.Single(result.Mistakes).Place);
        Assert.False(Directory.Exists(Context.Directory));
    }

    [Fact]
    public async Task APreviewIsTheModelThatFilesComeTo()
    {
        string file = home.Write("site.yaml", "parameter_defaults:\n  RpcPort: 5690\n");
        MessagingDeployment model = await new PreviewOperation(Context).RunAsync(new DeploymentFiles { Environments = [file] }, Cancelled);
        Assert.Equal(5690, Assert.Single(model.Service("rpc")!.Endpoints).Port);
        Assert.False(Directory.Exists(Context.Directory));
    }

    [Fact]
    public async Task ParametersSayWhereTheyComeFrom()
    {
        string file = home.Write("site.yaml", "parameter_defaults:\n  RpcPort: 5690\n  KeystonePort: 1\n");
        ParametersResult result = await new ParametersOperation(Context).RunAsync(new DeploymentFiles { Environments = [file] }, Cancelled);
        Assert.Equal($"{file}:2:12", result.Parameters.Single(parameter => parameter.Name == "RpcPort").Origin);
        Assert.Equal("KeystonePort", Assert.Single(result.Ignored).Name);
    }

    [Fact]
    public async Task ADeployThatNothingDescribesIsRefusedUnlessTheDefaultIsMeant()
    {
        DeploymentException refused = await Assert.ThrowsAsync<DeploymentException>(() => new DeployOperation(Context).RunAsync(new DeployOptions(), new Recorder(events), Cancelled));
        Assert.Equal(DeploymentFailureReason.InvalidInput, refused.Reason);
        Assert.False(Directory.Exists(Context.Directory));
        Assert.Empty(events);
    }

    [Fact]
    public async Task ADeploymentThatAnotherRunHasLockedIsLeftAlone()
    {
        await KeepAsync();
        using DeploymentLock held = DeploymentLock.Take(Context.Directory, "deploy", "1", TimeProvider.System);
        HostException deploy = await Assert.ThrowsAsync<HostException>(() => new DeployOperation(Context).RunAsync(new DeployOptions(), new Recorder(events), Cancelled));
        HostException down = await Assert.ThrowsAsync<HostException>(() => new DownOperation(Context).RunAsync(new DownOptions(), new Recorder(events), Cancelled));
        Assert.Equal([HostFailureReason.Held, HostFailureReason.Held], [deploy.Reason, down.Reason]);
    }

    [Fact]
    public async Task WhereNothingIsDeployedThereIsNothingToRemove() =>
        Assert.Equal(new DownResult(null, RunReport.Nothing), await new DownOperation(Context).RunAsync(new DownOptions(), new Recorder(events), Cancelled));

    [Fact]
    public async Task AHostThatIsNoneOfTheDeploymentsCannotBeForgotten()
    {
        await KeepAsync();
        DownOptions options = new() { Forgotten = ["h9"] };
        DeploymentException refused = await Assert.ThrowsAsync<DeploymentException>(() => new DownOperation(Context).RunAsync(options, new Recorder(events), Cancelled));
        Assert.Equal(DeploymentFailureReason.InvalidInput, refused.Reason);
        Assert.Contains("it has h1, h2", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatMadeNothingAnywhereIsRemovedWithItsDirectory()
    {
        await KeepAsync();
        DownResult result = await new DownOperation(Context).RunAsync(new DownOptions { Forgotten = ["h1", "h2"] }, new Recorder(events), Cancelled);
        Assert.Equal("test", result.Deployment);
        Assert.True(result.Report.Succeeded);
        Assert.False(Directory.Exists(Context.Directory));
    }

    private async Task KeepAsync()
    {
        MessagingDeployment tier = new()
        {
            Name = "test",
            Services = [],
            Instances = [],
            Hosts = [new DeploymentHost { Name = "h1", Address = "10.0.0.1" }],
            Departed = [new DeploymentHost { Name = "h2", Address = "10.0.0.2" }],
            EnvironmentFiles = [],
            Parameters = [],
        };
        await new DeploymentDirectory(Context.Directory).WriteAsync(tier, DeploymentSecrets.None, Cancelled);
    }

    private sealed class Recorder(List<OperationEvent> events) : IProgress<OperationEvent>
    {
        public void Report(OperationEvent value) => events.Add(value);
    }
}
