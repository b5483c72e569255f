using System.Diagnostics;
using System.Text.Json.Nodes;
using Twinbus.Testing;

namespace Twinbus.EndToEnd.Tests;

/// <summary>Talking on the buses by hand, one process at each end.</summary>
[Trait("Needs", "Root")]
[Trait("Needs", "Broker")]
public sealed class BusTests(Deployed deployed) : IClassFixture<Deployed>
{
    [Fact]
    public async Task ACallIsAnsweredByAServerInAnotherProcess()
    {
        using Process server = await StartAsync("serving ", "rpc", "serve", "trial", "--server", "one");

        Assert.Equal("\"pong\"\n", (await deployed.RunAsync("rpc", "call", "trial", "ping")).With(0).Output);
        Ended echo = (await deployed.RunAsync("rpc", "call", "trial", "echo", "text=hello", "number=2", "list=[1,\"b\",null]", "--server", "one")).With(0);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"text":"hello","number":2,"list":[1,"b",null]}"""), JsonNode.Parse(echo.Output)), echo.Output);

        Ended failed = (await deployed.RunAsync("rpc", "call", "trial", "fail", "message=not today")).With(1);
        Assert.Empty(failed.Output);
        Assert.Contains("RuntimeError", failed.Error, StringComparison.Ordinal);
        Assert.Contains("not today", failed.Error, StringComparison.Ordinal);

        Ended late = (await deployed.RunAsync("rpc", "call", "trial", "sleep", "seconds=30", "--timeout", "1")).With(1);
        Assert.Empty(late.Output);
        Assert.NotEmpty(late.Error);

        (await deployed.RunAsync("rpc", "call", "trial", "ping", "--cast")).With(0);
        (await deployed.RunAsync("rpc", "call", "trial", "ping", "--fanout")).With(0);
        Assert.Contains("NoSuchMethod", (await deployed.RunAsync("rpc", "call", "trial", "absent")).With(1).Error, StringComparison.Ordinal);
        await InterruptedAsync(server, 0);
    }

    [Fact]
    public async Task NobodyThereIsSaidAtOnce()
    {
        Ended call = (await deployed.RunAsync("rpc", "call", "nobody", "ping", "--timeout", "2")).With(1);
        Assert.Contains("nobody", call.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", call.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ANotificationIsHeardInAnotherProcess()
    {
        using Process listener = await StartAsync("listening ", "notify", "listen", "heard", "--count", "3");
        (await deployed.RunAsync("notify", "send", "heard", "trial.event", "name=world", "size=2", "--priority", "warn", "--count", "3")).With(0);

        string output = await listener.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await listener.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, listener.ExitCode);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.All(lines, line =>
        {
            JsonNode notification = JsonNode.Parse(line)!;
            Assert.Equal("warn", notification["priority"]!.GetValue<string>());
            Assert.Equal("trial.event", notification["event_type"]!.GetValue<string>());
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"name":"world","size":2}"""), notification["payload"]));
            Assert.NotEmpty(notification["publisher_id"]!.GetValue<string>());
            Assert.NotEmpty(notification["metadata"]!["message_id"]!.GetValue<string>());
            Assert.NotNull(notification["context"]);
        });
    }

    [Fact]
    public async Task APoolHearsWhatOthersHearToo()
    {
        using Process pool = await StartAsync("listening ", "notify", "listen", "shared", "--count", "1", "--pool", "lookers");
        using Process plain = await StartAsync("listening ", "notify", "listen", "shared", "--count", "1");
        (await deployed.RunAsync("notify", "send", "shared", "trial.event")).With(0);
        foreach (Process listener in new[] { pool, plain })
        {
            Assert.Contains("trial.event", await listener.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task TheUrlOfAnotherBusComesFromAFileOrStandardInput()
    {
        using TemporaryDirectory directory = new();
        string url = (await deployed.UrlAsync("rpc")).OriginalString;
        string file = directory.Write("bus.url", url + "\n");
        using Process server = await StartAsync("serving ", "rpc", "serve", "elsewhere", "--server", "one");
        Assert.Equal("\"pong\"\n", (await TwinbusProcess.RunAsync(["rpc", "call", "elsewhere", "ping", "--url-file", file])).With(0).Output);
        Assert.Equal("\"pong\"\n", (await TwinbusProcess.RunAsync(["rpc", "call", "elsewhere", "ping", "--url-file", "-"], url)).With(0).Output);
        await InterruptedAsync(server, 0);
    }

    [Fact]
    public async Task AWrongPasswordIsNamedWithoutItself()
    {
        Uri url = await deployed.UrlAsync("rpc");
        string wrong = url.OriginalString.Replace(url.UserInfo.Split(':')[1], "not-the-password", StringComparison.Ordinal);
        Ended call = (await TwinbusProcess.RunAsync(["rpc", "call", "t", "ping", "--url-file", "-"], wrong)).With(1);
        Assert.DoesNotContain("not-the-password", call.Error, StringComparison.Ordinal);
        Assert.Contains(url.UserInfo.Split(':')[0], call.Error, StringComparison.Ordinal);
    }

    private async Task<Process> StartAsync(string readyWhenSaid, params string[] words)
    {
        Process process = TwinbusProcess.Start([.. words, "-d", deployed.Path]);
        string? line = await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith(readyWhenSaid, line, StringComparison.Ordinal);
        return process;
    }

    private static async Task InterruptedAsync(Process process, int expected)
    {
        using (Process kill = Process.Start("/bin/kill", ["-INT", $"{process.Id}"]))
        {
            await kill.WaitForExitAsync();
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(expected, process.ExitCode);
    }
}
