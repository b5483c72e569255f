using System.Text.Json;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Secrets;
using Twinbus.Deployment.State;
using Twinbus.Hosts;
using Twinbus.Hosts.Converging;

namespace Twinbus.Cli.Tests;

/// <summary>What clients are told of a deployment.</summary>
public sealed class ShowConfigTests
{
    [Fact]
    public async Task PasswordsAreHiddenUnlessAskedFor()
    {
        using CommandLine line = await DeployedAsync();

        Assert.Contains("transport_url = rabbit://rpc:***@127.0.0.1:5672/", (await line.RunAsync("show", "config")).Output, StringComparison.Ordinal);
        Assert.Contains("transport_url = rabbit://rpc:rpc-s3cret@127.0.0.1:5672/", (await line.RunAsync("show", "config", "--reveal")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DoubtsGoToStandardErrorAndAreNoData()
    {
        using CommandLine line = await DeployedAsync();

        Outcome outcome = await line.RunAsync("show", "config", "--format", "json");

        Assert.StartsWith("twinbus: note: no release of oslo.messaging was named", outcome.Error, StringComparison.Ordinal);
        using JsonDocument document = JsonDocument.Parse(outcome.Output);
        Assert.Equal("18.1.0", document.RootElement.GetProperty("release").GetString());
    }

    [Theory]
    [InlineData("hiera", "oslo_messaging_rpc_scheme: 'rabbit'")]
    [InlineData("osa", "nova_oslomsg_rpc_userid: 'rpc'")]
    [InlineData("kolla", "om_rpc_user: 'rpc'")]
    [InlineData("text", "# Belongs into /etc/nova/nova.conf.")]
    public async Task EachToolIsWrittenFor(string format, string expected)
    {
        using CommandLine line = await DeployedAsync();

        Outcome outcome = await line.RunAsync("show", "config", "--service", "nova", "--release", "zed", "--format", format);

        Assert.Equal(ExitCode.Done, outcome.Code);
        Assert.Empty(outcome.Error);
        Assert.Contains(expected, outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("there is no oslo.messaging release 3.0.0", "--release", "3.0.0")]
    [InlineData("Nova! is no name of a service", "--service", "Nova!")]
    [InlineData("yaml", "--format", "yaml")]
    public async Task WhatCannotBeFollowedIsBadInput(string expected, params string[] words)
    {
        using CommandLine line = await DeployedAsync();

        Outcome outcome = await line.RunAsync(["show", "config", .. words]);

        Assert.Equal(ExitCode.BadInput, outcome.Code);
        Assert.Empty(outcome.Output);
        Assert.Contains(expected, outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DriverThatTheReleaseHasNotIsBadInputWithTheWayOut()
    {
        using CommandLine line = await DeployedAsync(transport: "amqp");

        Outcome outcome = await line.RunAsync("show", "config", "--release", "2025.1");

        Assert.Equal(ExitCode.BadInput, outcome.Code);
        Assert.Contains("14.9.3 (2024.2 Dalmatian) is the last release with it", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AuthorityInTheDeploymentsDirectoryIsToBeCopied()
    {
        using CommandLine line = await DeployedAsync(authority: "certificates/rpc/trusted.pem");

        Outcome outcome = await line.RunAsync("show", "config", "--release", "debian-12");

        Assert.Contains("trusted.pem is on this machine alone: copy it", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kolla", null, "nova is not meant: it has rpc-nova for itself; twinbus show config --service nova says what it is given")]
    [InlineData("text", null, "nova is not meant: it has rpc-nova for itself; twinbus show config --service nova says what it is given")]
    [InlineData("osa", "nova", "variables of this form hold for all services, and rpc-nova is for nova alone: give it what --format text writes, as an override of its file")]
    [InlineData("text", "nova", "")]
    [InlineData("osa", "keystone", "")]
    public async Task ClientWithAMessagingServiceOfItsOwnIsNotConfiguredForAnotherInSilence(string format, string? service, string expected)
    {
        using CommandLine line = await DeployedAsync(further: "rpc-nova");

        Outcome outcome = await line.RunAsync(["show", "config", "--release", "zed", "--format", format, .. service is null ? Array.Empty<string>() : ["--service", service]]);

        Assert.Equal(expected.Length == 0 ? "" : $"twinbus: note: {expected}\n", outcome.Error);
    }

    [Fact]
    public async Task OtherCommandsKeepTheirTwoFormats()
    {
        using CommandLine line = await DeployedAsync();

        Assert.Equal(ExitCode.BadInput, (await line.RunAsync("show", "urls", "--format", "hiera")).Code);
        Assert.Equal(ExitCode.Done, (await line.RunAsync("show", "urls", "--format", "json")).Code);
    }

    private static async Task<CommandLine> DeployedAsync(string transport = "rabbit", string? authority = null, string? further = null)
    {
        CommandLine line = new();
        string directory = Path.Combine(line.Directory.Path, "deployment");
        line.Variables["TWINBUS_DEPLOYMENT"] = directory;
        MessagingService rpc = new()
        {
            Name = "rpc",
            Kind = MessagingKind.Rpc,
            Backend = "external",
            Transport = transport,
            Endpoints = [new MessagingEndpoint("127.0.0.1", 5672)],
            UserName = "rpc",
            PasswordName = "RpcPassword",
            VirtualHost = "/",
            Tls = authority is null ? null : new ClientTls { AuthorityFile = Path.Combine(directory, authority) },
        };
        MessagingDeployment tier = new()
        {
            Name = "default",
            Services = [rpc, .. further is null ? Array.Empty<MessagingService>() : [rpc with { Name = further }], rpc with { Name = "notify", Kind = MessagingKind.Notify, Transport = "rabbit" }],
            Instances = [],
            Hosts = [],
            EnvironmentFiles = [],
            Parameters = [],
        };
        DeploymentDirectory deployment = new(directory);
        deployment.Create();
        await deployment.WriteAsync(tier, DeploymentSecrets.None.With("RpcPassword", new Secret("rpc-s3cret")), TestContext.Current.CancellationToken);
        return line;
    }
}
