using Twinbus.Cli.Invocation;
using Twinbus.Deployment.Oslo;
using Twinbus.Messaging;

namespace Twinbus.Cli.Tests;

/// <summary>The driver and the table of releases know the same options.</summary>
public sealed class UrlOptionsTests
{
    // For those whose default cannot stand in a URL.
    private static readonly Dictionary<string, string> Values = new() { ["kombu_compression"] = "gzip", ["hostname"] = "h", ["processname"] = "p" };

    [Fact]
    public async Task EveryOptionOfEveryReleaseIsTakenByOurOwnDriver()
    {
        string[] options =
        [
            .. OsloReleases.Series.SelectMany(series => OsloReleases.Find($"{series.Last}").Options)
                .Where(option => option.Group == "oslo_messaging_rabbit")
                .Select(option => $"{option.Name}={Uri.EscapeDataString(Values.GetValueOrDefault(option.Name) ?? (option.Default is { Length: > 0 } value ? value : "1"))}")
                .Distinct().Where(option => !option.StartsWith("ssl_cert_file", StringComparison.Ordinal) && !option.StartsWith("ssl_key_file", StringComparison.Ordinal)),
        ];

        Assert.True(options.Length > 40);
        foreach (string option in options)
        {
            await using Transport transport = Transport.Create($"rabbit://u:p@h/?{option}", new TransportOptions { Drivers = BusDrivers.All });
        }
    }

    [Fact]
    public async Task WhatChangesNothingHereIsNoted()
    {
        using CommandLine line = new();
        Outcome outcome = await line.RunAsync("rpc", "call", "t", "ping", "--url", "rabbit://u:p@127.0.0.1:1/?heartbeat_in_pthread=true", "--timeout", "1");
        Assert.Equal(ExitCode.Failed, outcome.Code);
        Assert.Contains("note: heartbeat_in_pthread of the transport URL", outcome.Error, StringComparison.Ordinal);
    }
}
