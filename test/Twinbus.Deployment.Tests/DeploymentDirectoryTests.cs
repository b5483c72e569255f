using System.Text.Json.Nodes;
using Twinbus.Deployment.Planning;
using Twinbus.Deployment.Secrets;
using Twinbus.Deployment.State;
using Twinbus.Hosts;
using Twinbus.Testing;
using Xunit;

namespace Twinbus.Deployment.Tests;

public sealed class DeploymentDirectoryTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TemporaryDirectory temporary = new();
    private readonly Workplace workplace = new();

    public void Dispose()
    {
        temporary.Dispose();
        workplace.Dispose();
    }

    [Fact]
    public async Task WhatIsKeptIsReadBackWhole()
    {
        PreparedDeployment prepared = workplace.Prepare(await workplace.ReadAsync());
        DeploymentDirectory directory = new(temporary["cloud"]);

        await directory.WriteAsync(prepared.Deployment, prepared.Secrets, CancellationToken.None);

        Assert.True(prepared.Secrets.SameAs(await directory.ReadSecretsAsync(CancellationToken.None)));
        string before = await File.ReadAllTextAsync(temporary["cloud", "deployment.json"]);
        await directory.WriteAsync(await directory.ReadDeploymentAsync(CancellationToken.None), prepared.Secrets, CancellationToken.None);
        Assert.Equal(before, await File.ReadAllTextAsync(temporary["cloud", "deployment.json"]));
        Assert.All(prepared.Secrets.Values.Values, secret => Assert.DoesNotContain(secret.Reveal(), before, StringComparison.Ordinal));
    }

    [Fact]
    public async Task SecretsAreTheirOwnersAlone()
    {
        PreparedDeployment prepared = workplace.Prepare(await workplace.ReadAsync());
        DeploymentDirectory directory = new(temporary["cloud"]);

        await directory.WriteAsync(prepared.Deployment, prepared.Secrets, CancellationToken.None);

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(temporary["cloud", "secrets.json"]));
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(temporary["cloud"]));
        Assert.Equal(["deployment.json", "secrets.json"], Directory.EnumerateFiles(temporary["cloud"]).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task WhatDidNotChangeIsNotWritten()
    {
        PreparedDeployment prepared = workplace.Prepare(await workplace.ReadAsync());
        DeploymentDirectory directory = new(temporary.Path);
        await directory.WriteAsync(prepared.Deployment, prepared.Secrets, CancellationToken.None);
        DateTime longAgo = new(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(temporary["secrets.json"], longAgo);
        File.SetLastWriteTimeUtc(temporary["deployment.json"], longAgo);

        await directory.WriteAsync(prepared.Deployment, prepared.Secrets, CancellationToken.None);
        Assert.Equal(longAgo, File.GetLastWriteTimeUtc(temporary["secrets.json"]));
        Assert.Equal(longAgo, File.GetLastWriteTimeUtc(temporary["deployment.json"]));

        await directory.WriteAsync(prepared.Deployment, prepared.Secrets.With("RpcPassword", new Secret("another")), CancellationToken.None);
        Assert.NotEqual(longAgo, File.GetLastWriteTimeUtc(temporary["secrets.json"]));
    }

    [Fact]
    public async Task ASecretsFileThatWasOpenedUpIsClosedAgain()
    {
        PreparedDeployment prepared = workplace.Prepare(await workplace.ReadAsync());
        DeploymentDirectory directory = new(temporary.Path);
        await directory.WriteAsync(prepared.Deployment, prepared.Secrets, CancellationToken.None);
        File.SetUnixFileMode(temporary["secrets.json"], OwnerOnly | UnixFileMode.OtherRead);

        await directory.WriteAsync(prepared.Deployment, prepared.Secrets, CancellationToken.None);

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(temporary["secrets.json"]));
    }

    [Fact]
    public async Task AnEmptyDirectoryHoldsNoDeployment()
    {
        DeploymentDirectory directory = new(temporary["nothing"]);

        DeploymentException e = await Assert.ThrowsAsync<DeploymentException>(() => directory.ReadDeploymentAsync(CancellationToken.None));

        Assert.Equal(DeploymentFailureReason.NotDeployed, e.Reason);
        Assert.Null(await directory.FindDeploymentAsync(CancellationToken.None));
        Assert.Empty((await directory.ReadSecretsAsync(CancellationToken.None)).Values);
    }

    [Theory]
    [InlineData("deployment.json", "{\"format\": \"twinbus-deployment\", \"version\": 1,\n  \"model\": 5\n}\n", ":2:")]
    [InlineData("deployment.json", "{\"format\": \"twinbus-deployment\", \"version\": 1}", "")]
    [InlineData("deployment.json", "null", "")]
    [InlineData("secrets.json", "{\n  broken", ":2:")]
    [InlineData("secrets.json", "{\"format\": \"twinbus-secrets\", \"version\": 1}", "")]
    public async Task ADamagedFileIsNamedWithItsLine(string name, string content, string line)
    {
        string file = temporary.Write(name, content);
        DeploymentDirectory directory = new(temporary.Path);

        DeploymentException e = await Assert.ThrowsAsync<DeploymentException>(async () =>
        {
            await directory.FindDeploymentAsync(CancellationToken.None);
            await directory.ReadSecretsAsync(CancellationToken.None);
        });

        Assert.Equal(DeploymentFailureReason.Directory, e.Reason);
        Assert.StartsWith($"{file}{line}", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("deployment.json", "twinbus-deployment")]
    [InlineData("secrets.json", "twinbus-secrets")]
    public async Task AFileOfAnotherVersionIsRefusedWithTheWayOut(string name, string format)
    {
        PreparedDeployment prepared = workplace.Prepare(await workplace.ReadAsync());
        DeploymentDirectory directory = new(temporary.Path);
        await directory.WriteAsync(prepared.Deployment, prepared.Secrets, CancellationToken.None);
        JsonNode kept = JsonNode.Parse(await File.ReadAllTextAsync(temporary[name]))!;
        Assert.Equal((format, 1), (kept["format"]!.GetValue<string>(), kept["version"]!.GetValue<int>()));
        kept["version"] = 2;
        string file = temporary.Write(name, kept.ToJsonString());

        DeploymentException e = await Assert.ThrowsAsync<DeploymentException>(async () =>
        {
            await directory.FindDeploymentAsync(CancellationToken.None);
            await directory.ReadSecretsAsync(CancellationToken.None);
        });

        Assert.Equal(DeploymentFailureReason.Directory, e.Reason);
        Assert.Equal(
            $"{file}: written by another version of Twinbus: its format is {format} version 2, and this version reads {format} version 1; "
            + "run the version of Twinbus that wrote it, or name another directory with -d",
            e.Message);
    }

    [Theory]
    [InlineData("{\"format\": \"twinbus-facts\", \"version\": 2, \"hosts\": {}}")]
    [InlineData("{}")]
    [InlineData("{ broken")]
    public async Task FactsOfAnotherVersionAreAsGoodAsNone(string text)
    {
        temporary.Write("facts.json", text);

        Assert.Empty(await new DeploymentDirectory(temporary.Path).ReadFactsAsync(CancellationToken.None));
    }

    [Fact]
    public async Task ADirectoryThatCannotBeMadeIsNamed()
    {
        string file = temporary.Write("file", "");
        PreparedDeployment prepared = workplace.Prepare(await workplace.ReadAsync());

        DeploymentException e = await Assert.ThrowsAsync<DeploymentException>(
            () => new DeploymentDirectory(Path.Combine(file, "below")).WriteAsync(prepared.Deployment, DeploymentSecrets.None, CancellationToken.None));

        Assert.StartsWith($"cannot make the deployment directory {file}/below: ", e.Message, StringComparison.Ordinal);
    }
}
