using System.Collections.Immutable;
using Twinbus.Deployment.Planning;
using Twinbus.Deployment.State;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Running;
using Twinbus.Testing;
using Xunit;

namespace Twinbus.Deployment.Tests.Planning;

/// <summary>A plan on its way through a file.</summary>
public sealed class PlanFileTests : IDisposable
{
    private const string Directory = "/srv/trial";

    private readonly Workplace workplace = new();
    private readonly TemporaryDirectory output = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string File => output["site.plan"];

    public void Dispose()
    {
        workplace.Dispose();
        output.Dispose();
    }

    [Fact]
    public async Task APlanComesBackAsItWasWrittenAndHoldsWhileNothingMoves()
    {
        (PlanFile written, PreparedDeployment prepared) = await WriteAsync();

        PlanFile read = await ReadAsync();

        Assert.Equal(written.Fingerprints, read.Fingerprints);
        Assert.Equal(written.Changes.AsEnumerable(), read.Changes.AsEnumerable());
        await read.RefuseMovedInputsAsync(Cancellation);
        read.RefuseMovedModel(prepared.Deployment);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
    }

    [Fact]
    public async Task ItHoldsNoSecret()
    {
        (_, PreparedDeployment prepared) = await WriteAsync();

        string text = await System.IO.File.ReadAllTextAsync(File, Cancellation);

        Assert.NotEmpty(prepared.Secrets.Values);
        Assert.All(prepared.Secrets.Values, secret => Assert.DoesNotContain(secret.Value.Reveal(), text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task AnInputFileThatChangedOrIsGoneIsNamed()
    {
        await WriteAsync();
        PlanFile plan = await ReadAsync();
        string input = Assert.Single(plan.Inputs).Path;

        await System.IO.File.AppendAllTextAsync(input, "# a word\n", Cancellation);
        Assert.Contains($"{input} has another content", await StaleAsync(() => plan.RefuseMovedInputsAsync(Cancellation)), StringComparison.Ordinal);
        System.IO.File.Delete(input);
        Assert.Contains($"{input} cannot be read any more", await StaleAsync(() => plan.RefuseMovedInputsAsync(Cancellation)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AModelThatMovedOnIsNamedByWhatDiffers()
    {
        await WriteAsync();
        PlanFile plan = await ReadAsync();
        DeploymentSource source = await workplace.ReadTextAsync("parameter_defaults:\n  RpcPort: 5799\n");

        string why = await StaleAsync(() =>
        {
            plan.RefuseMovedModel(workplace.Prepare(source).Deployment);
            return Task.CompletedTask;
        });

        Assert.Contains("RpcPort is 5799, and was 5700", why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "is no plan")]
    [InlineData("parameter_defaults:\n  RpcPort: 1\n", "is no plan")]
    [InlineData("{}", "is no plan")]
    [InlineData("[1]", "is no plan")]
    [InlineData("{\"format\": \"twinbus-plan-1\", \"version\": \"0.0.1\"}", "was made by another version of Twinbus: by 0.0.1, and this is 9.9.9")]
    [InlineData("{\"format\": \"twinbus-plan-1\", \"version\": \"9.9.9\"}", "is no whole plan")]
    public async Task WhatIsNoPlanIsRefusedWithTheReason(string text, string expected)
    {
        output.Write("site.plan", text);

        DeploymentException e = await Assert.ThrowsAsync<DeploymentException>(ReadAsync);

        Assert.Equal(DeploymentFailureReason.InvalidInput, e.Reason);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APlanThatIsCutShortAnywhereIsRefused()
    {
        await WriteAsync();
        byte[] whole = await System.IO.File.ReadAllBytesAsync(File, Cancellation);
        for (int length = 1; length < whole.Length; length += 97)
        {
            await System.IO.File.WriteAllBytesAsync(File, whole[..length], Cancellation);
            DeploymentException e = await Assert.ThrowsAsync<DeploymentException>(ReadAsync);
            Assert.Equal(DeploymentFailureReason.InvalidInput, e.Reason);
            Assert.Contains("is no whole plan", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task APlanOfAnotherDeploymentIsRefused()
    {
        await WriteAsync();

        DeploymentException e = await Assert.ThrowsAsync<DeploymentException>(() => PlanFile.ReadAsync(File, "9.9.9", "/srv/other", Cancellation));

        Assert.Contains("is a plan of another deployment: of the one in /srv/trial, and this is the one in /srv/other", e.Message, StringComparison.Ordinal);
    }

    private async Task<(PlanFile Plan, PreparedDeployment Prepared)> WriteAsync()
    {
        DeploymentSource source = await workplace.ReadTextAsync("parameter_defaults:\n  RpcPort: 5700\n");
        PreparedDeployment prepared = workplace.Prepare(source);
        PlanFile plan = new()
        {
            Version = "9.9.9",
            Made = DateTimeOffset.UnixEpoch,
            DeploymentDirectory = Directory,
            Inputs = await PlanFile.InputsAsync(source, Cancellation),
            Deployment = prepared.Deployment,
            Changes = [new ResourceChange("localhost", "file", "/etc/a", ResourceAction.Create, "created")],
            Fingerprints = ImmutableSortedDictionary<string, string>.Empty.Add("localhost", "00"),
        };
        await plan.WriteAsync(File, Cancellation);
        return (plan, prepared);
    }

    private Task<PlanFile> ReadAsync() => PlanFile.ReadAsync(File, "9.9.9", Directory, Cancellation);

    private static async Task<string> StaleAsync(Func<Task> refuse)
    {
        DeploymentException e = await Assert.ThrowsAsync<DeploymentException>(refuse);
        Assert.Equal(DeploymentFailureReason.StalePlan, e.Reason);
        return e.Message;
    }
}
