using Twinbus.Testing;

namespace Twinbus.Cli.Tests;

/// <summary>What a command line that cannot be followed is answered with.</summary>
public sealed class UsageTests
{
    [Fact]
    public async Task NoCommandAtAllGivesTheOverview()
    {
        using CommandLine line = new();
        Outcome outcome = await line.RunAsync();
        Assert.Equal(ExitCode.Done, outcome.Code);
        Assert.Empty(outcome.Error);
        GoldenFile.Matches(outcome.Output, "overview.txt");
    }

    [Fact]
    public async Task TheVersionStandsAlone()
    {
        using CommandLine line = new();
        Outcome outcome = await line.RunAsync("--version");
        Assert.Equal(ExitCode.Done, outcome.Code);
        Assert.Matches(@"^\d+\.\d+\.\d+\S*\n$", outcome.Output);
    }

    [Theory]
    [InlineData("Unknown command 'helth'. Did you mean health?", "helth")]
    [InlineData("Unknown command 'frobnicate'. The commands are: ", "frobnicate")]
    [InlineData("Unknown option --formt. Did you mean --format?", "health", "--formt", "json")]
    [InlineData("Unknown option --reveel. Did you mean --reveal?", "show", "urls", "--reveel")]
    [InlineData("Unknown option --reveal.", "health", "--reveal")]
    [InlineData("--format must be text or json, not 'yaml'.", "health", "--format", "yaml")]
    [InlineData("--deployment needs a value: --deployment DIR.", "health", "-d")]
    [InlineData("'extra' is not expected: up takes options only.", "up", "extra")]
    [InlineData("twinbus rpc needs a subcommand: call, serve.", "rpc")]
    [InlineData("Unknown command 'cal'. Did you mean call?", "rpc", "cal", "topic", "ping")]
    [InlineData("METHOD is missing.", "rpc", "call", "topic")]
    [InlineData("TOPIC is missing.", "notify", "listen")]
    [InlineData("'ping' is not KEY=VALUE.", "rpc", "call", "topic", "echo", "ping")]
    [InlineData("--count", "notify", "listen", "topic", "--count", "many")]
    [InlineData("--count", "notify", "listen", "topic", "--count", "0")]
    [InlineData("--timeout", "rpc", "call", "topic", "ping", "--timeout", "-1")]
    [InlineData("--url", "rpc", "call", "topic", "ping", "--url", "rabbit://u@h", "--url-file", "x")]
    [InlineData("--fanout and --server contradict", "rpc", "call", "topic", "ping", "--fanout", "--server", "one")]
    [InlineData("--priority", "notify", "send", "topic", "event", "--priority", "urgent")]
    [InlineData("Not a transport URL", "rpc", "call", "topic", "ping", "--url", "nonsense")]
    [InlineData("No driver answers to the scheme 'smoke'", "rpc", "call", "topic", "ping", "--url", "smoke://host/")]
    [InlineData("--url-file absent.url cannot be read", "notify", "listen", "topic", "--url-file", "absent.url")]
    [InlineData("Standard input holds no transport URL", "rpc", "serve", "topic", "--url-file", "-")]
    [InlineData("--url and --deployment both name a bus", "rpc", "call", "topic", "ping", "--url", "rabbit://h/", "-d", "there")]
    [InlineData("Nothing says what to deploy", "deploy")]
    [InlineData("-e, -r or -i contradict", "deploy", "site.plan", "-e", "site.yaml")]
    [InlineData("site.plan cannot be read", "deploy", "site.plan")]
    public async Task AMistakeIsNamedAndTheNearestWordIsSuggested(string expected, params string[] words)
    {
        using CommandLine line = new();
        Outcome outcome = await line.RunAsync(words);
        Assert.Equal(ExitCode.BadInput, outcome.Code);
        Assert.Empty(outcome.Output);
        Assert.Contains(expected, outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AMistakeSaysWhereTheHelpIs()
    {
        using CommandLine line = new();
        Outcome outcome = await line.RunAsync("health", "--tiemout", "3");
        GoldenFile.Matches(outcome.Error, "mistake.txt");
    }
}
