using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Twinbus.Testing;

namespace Twinbus.EndToEnd.Tests;

/// <summary>The command line, health and a Python client that was told by <c>show config</c> declare the same on one broker.</summary>
[Trait("Needs", "Full")]
[Trait("Needs", "Root")]
[Trait("Needs", "Broker")]
[Trait("Needs", "Python")]
public sealed class QueueKindTests
{
    private const string Client = """
        import json, sys
        from oslo_config import cfg
        import oslo_messaging
        conf = cfg.CONF
        conf(["--config-file", sys.argv[1]])
        rpc = oslo_messaging.get_rpc_transport(conf)
        client = oslo_messaging.get_rpc_client(rpc, oslo_messaging.Target(topic="trial"), timeout=20)
        print(json.dumps(client.call({}, "ping")), flush=True)
        notify = oslo_messaging.get_notification_transport(conf)
        oslo_messaging.Notifier(notify, "python", retry=0).info({}, "python.event", {"a": 1})
        rpc.cleanup()
        notify.cleanup()
        """;

    [Theory]
    [InlineData("quorum")]
    [InlineData("durable")]
    [InlineData("classic")]
    public async Task WhatTheCommandLineDeclaresIsWhatClientsDeclare(string kind)
    {
        using TemporaryDirectory directory = new();
        string deployment = directory[$"e2e-{RandomNumberGenerator.GetHexString(6, lowercase: true)}"];
        string site = directory.Write("site.yaml", $"parameter_defaults:\n  RabbitQueueType: {kind}\n");
        try
        {
            (await RunAsync(deployment, "up", "-e", site)).With(0);
            using Process server = await StartAsync("serving ", "rpc", "serve", "trial", "--server", "one", "-d", deployment);
            using Process listener = await StartAsync("listening ", "notify", "listen", "notifications", "--count", "2", "-d", deployment);
            (await RunAsync(deployment, "notify", "send", "notifications", "twinbus.event")).With(0);
            (await RunAsync(deployment, "health")).With(0);

            string config = directory.Write("client.conf", (await RunAsync(deployment, "show", "config", "--release", "debian-12", "--reveal")).With(0).Output);
            Assert.Equal("\"pong\"\n", await PythonAsync(directory.Write("client.py", Client), config));

            string heard = await listener.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            Assert.Equal(
                ["twinbus.event", "python.event"],
                heard.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!["event_type"]!.GetValue<string>()));
            Assert.Equal("\"pong\"\n", (await RunAsync(deployment, "rpc", "call", "trial", "ping")).With(0).Output);
            (await RunAsync(deployment, "health")).With(0);
            server.Kill(entireProcessTree: true);
        }
        finally
        {
            await RunAsync(deployment, "down");
        }
    }

    private static Task<Ended> RunAsync(string deployment, params string[] words) => TwinbusProcess.RunAsync([.. words, "-d", deployment]);

    private static async Task<Process> StartAsync(string readyWhenSaid, params string[] words)
    {
        Process process = TwinbusProcess.Start(words);
        Assert.StartsWith(readyWhenSaid, await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        return process;
    }

    // The distribution's interpreter by its path: only that one has the library.
    private static async Task<string> PythonAsync(params string[] arguments)
    {
        ProcessStartInfo start = new("/usr/bin/python3", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        try
        {
            Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
            string output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            Assert.True(process.ExitCode == 0, await error);
            Assert.DoesNotContain("PRECONDITION_FAILED", await error, StringComparison.Ordinal);
            return output;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
