using System.Text.Json.Nodes;

namespace Twinbus.Cli.Tests;

/// <summary>Bad input: every mistake at once, exit code 2, and nothing written.</summary>
public sealed class ValidateTests
{
    private const string Bad = """
        parameter_defaults:
          RcpUserName: a
          RpcPort: many
        """;

    [Theory]
    [InlineData("validate")]
    [InlineData("plan")]
    [InlineData("deploy")]
    [InlineData("up")]
    public async Task EveryMistakeIsNamedWithItsPlace(string command)
    {
        using CommandLine line = new();
        string file = line.Directory.Write("bad.yaml", Bad);
        Outcome outcome = await line.RunAsync(command, "-e", "bad.yaml", "-d", "deployment");
        Assert.Equal(ExitCode.BadInput, outcome.Code);
        Assert.Empty(outcome.Output);
        Assert.Contains($"{file}:2:3: ", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("RpcUserName", outcome.Error, StringComparison.Ordinal);
        Assert.Contains($"{file}:3:12: ", outcome.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(line.Directory["deployment"]));
    }

    [Fact]
    public async Task AMissingFileIsBadInput()
    {
        using CommandLine line = new();
        Outcome outcome = await line.RunAsync("validate", "-e", "absent.yaml");
        Assert.Equal(ExitCode.BadInput, outcome.Code);
        Assert.Contains("absent.yaml", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsRightIsValid()
    {
        using CommandLine line = new();
        line.Directory.Write("good.yaml", "parameter_defaults:\n  RpcPort: 5690\n");
        Outcome outcome = await line.RunAsync("validate", "-e", "good.yaml");
        Assert.Equal((ExitCode.Done, "valid\n"), (outcome.Code, outcome.Output));
    }

    [Fact]
    public async Task MistakesAreDataForAProgram()
    {
        using CommandLine line = new();
        line.Directory.Write("bad.yaml", Bad);
        Outcome outcome = await line.RunAsync("validate", "-e", "bad.yaml", "--format", "json");
        Assert.Equal(ExitCode.BadInput, outcome.Code);
        JsonNode document = JsonNode.Parse(outcome.Output)!;
        Assert.False(document["valid"]!.GetValue<bool>());
        Assert.Equal([2, 3], document["mistakes"]!.AsArray().Select(mistake => mistake!["line"]!.GetValue<int>()));
    }

    [Theory]
    [InlineData("plan")]
    [InlineData("deploy")]
    [InlineData("up")]
    public async Task WhatIsNotDeployedYetIsSaidBeforeAnythingIsWritten(string command)
    {
        using CommandLine line = new();
        Outcome outcome = await line.RunAsync(command, "-e", Hybrid(), "-d", "deployment");
        Assert.Equal((ExitCode.BadInput, ""), (outcome.Code, outcome.Output));
        Assert.Contains(":5:44: this version of Twinbus does not deploy qdrouterd yet", outcome.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(line.Directory["deployment"]));
    }

    [Theory]
    [InlineData("validate", "valid")]
    [InlineData("show config", "transport_url = amqp://rpc:***@127.0.0.1:31459/")]
    [InlineData("show parameters", "RpcQdrWorkerThreads")]
    public async Task WhatIsKnownOfItIsSaidAllTheSame(string command, string expected)
    {
        using CommandLine line = new();
        Outcome outcome = await line.RunAsync([.. command.Split(' '), "-e", Hybrid(), "-d", "deployment"]);
        Assert.Equal(ExitCode.Done, outcome.Code);
        Assert.Contains(expected, outcome.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(line.Directory["deployment"]));
    }

    [Fact]
    public async Task WhatIsNotDeployedHasNoPasswordsToReveal()
    {
        using CommandLine line = new();
        Outcome outcome = await line.RunAsync("show", "config", "--reveal", "-e", Hybrid());
        Assert.Equal((ExitCode.BadInput, ""), (outcome.Code, outcome.Output));
        Assert.Contains("no passwords to show", outcome.Error, StringComparison.Ordinal);
    }

    private static string Hybrid() =>
        Path.Combine(Twinbus.Deployment.Reading.ShippedFiles.Find().Root, "environments", "messaging", "messaging-hybrid-qdrouterd-rabbitmq.yaml");
}
