using System.Diagnostics;
using System.Security.Cryptography;
using Twinbus.Testing;

namespace Twinbus.EndToEnd.Tests;

/// <summary>Runs that meet, and runs that are interrupted.</summary>
[Trait("Needs", "Root")]
[Trait("Needs", "Broker")]
public sealed class RunsTests
{
    [Fact]
    public async Task OfTwoUpsAtOnceOneDeploysAndTheOtherIsToldWhoHoldsIt()
    {
        Deployed deployed = new();
        try
        {
            using Process first = TwinbusProcess.Start(["up", "-d", deployed.Path]);
            Task<string> output = first.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await first.StandardError.ReadLineAsync(TestContext.Current.CancellationToken);      // it is at work

            Ended second = (await deployed.RunAsync("up")).With(5);
            Assert.Empty(second.Output);
            Assert.Contains($"process {first.Id}", second.Error, StringComparison.Ordinal);
            await first.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await first.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, first.ExitCode);
            Assert.Contains("a call was answered", await output, StringComparison.Ordinal);
        }
        finally
        {
            await deployed.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("-INT")]
    [InlineData("-KILL")]
    public async Task AnInterruptedUpIsFinishedByTheNext(string signal)
    {
        Deployed deployed = new();
        try
        {
            using Process up = TwinbusProcess.Start(["up", "-d", deployed.Path]);
            string? line;
            do
            {
                line = await up.StandardError.ReadLineAsync(TestContext.Current.CancellationToken);
            }
            while (line?.Contains("starting services", StringComparison.Ordinal) == false);
            Assert.NotNull(line);
            using (Process kill = Process.Start("/bin/kill", [signal, $"{up.Id}"]))
            {
                await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
            }

            string error = await up.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await up.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.NotEqual(0, up.ExitCode);
            Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);

            (await deployed.RunAsync("up")).With(0);
            Assert.Empty(await deployed.ChangesAsync(0, "plan"));
        }
        finally
        {
            await deployed.DisposeAsync();
        }
    }

    [Fact]
    public async Task BadInputTouchesNoHost()
    {
        using TemporaryDirectory directory = new();
        string name = $"bad-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";
        string file = directory.Write("bad.yaml", "parameter_defaults:\n  RcpUserName: a\n  RpcPort: many\n");
        IReadOnlyList<string> before = FileFacts.Of("/etc/twinbus", "/var/lib/twinbus");
        foreach (string command in new[] { "validate", "plan", "deploy", "up" })
        {
            Ended run = (await TwinbusProcess.RunAsync([command, "-e", file, "-d", directory[name]])).With(2);
            Assert.Empty(run.Output);
            Assert.Contains($"{file}:2:3: ", run.Error, StringComparison.Ordinal);
            Assert.Contains("RpcUserName", run.Error, StringComparison.Ordinal);
            Assert.Contains($"{file}:3:12: ", run.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(directory[name]));
        Assert.Equal(before, FileFacts.Of("/etc/twinbus", "/var/lib/twinbus"));
    }
}
