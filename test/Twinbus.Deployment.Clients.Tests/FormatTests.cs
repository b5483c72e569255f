using System.Text.Json;
using Twinbus.Deployment.Clients.Formats;
using Twinbus.Deployment.Oslo;
using Twinbus.Testing;
using Xunit;

namespace Twinbus.Deployment.Clients.Tests;

public sealed class FormatTests
{
    public static TheoryData<string, ClientFormat> EveryShapeInEveryFormat()
    {
        TheoryData<string, ClientFormat> pairs = [];
        foreach (string shape in new[] { "shared", "dual", "secure", "kafka", "external" })
        {
            foreach (ClientFormat format in Enum.GetValues<ClientFormat>())
            {
                pairs.Add(shape, format);
            }
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(EveryShapeInEveryFormat))]
    public void EachShapeIsWrittenForEachTool(string shape, ClientFormat format)
    {
        string text;
        try
        {
            text = ClientText.Render(Shape(shape), format, Passwords.Hidden, ClientService.Named("nova")).Text;
        }
        catch (DeploymentException exception)
        {
            // A tool that has no words for a shape says so, and that is golden too.
            text = $"refused:\n{exception.Message}\n";
        }

        GoldenFile.Matches(text, $"{shape}.{format.ToString().ToLowerInvariant()}.txt");
    }

    [Theory]
    [InlineData(ClientFormat.Hiera)]
    [InlineData(ClientFormat.Osa)]
    [InlineData(ClientFormat.Kolla)]
    [InlineData(ClientFormat.Text)]
    public void WithoutAServiceEveryServiceIsWrittenFor(ClientFormat format) =>
        GoldenFile.Matches(
            ClientText.Render(Shapes.Shared with { Release = OsloReleases.Find("zed"), Rpc = Shapes.Rpc with { Queues = QueueKind.Durable }, Notify = Shapes.Notify with { Queues = QueueKind.Durable } }, format, Passwords.Hidden).Text,
            $"everybody.{format.ToString().ToLowerInvariant()}.txt");

    [Fact]
    public void SwiftHasAFilterWithEverythingInItsUrl() => GoldenFile.Matches(
        ClientText.Render(
            Shapes.Dual with { Notify = Shapes.Dual.Notify! with { HeartbeatSeconds = 30 } }, ClientFormat.Text, Passwords.Revealed, ClientService.Named("swift")).Text,
        "dual.swift.txt");

    [Theory]
    [MemberData(nameof(EveryShapeInEveryFormat))]
    public void NoFormatShowsAPasswordThatWasNotAskedFor(string shape, ClientFormat format)
    {
        ClientConfiguration configuration = Shape(shape);
        string text;
        try
        {
            text = ClientText.Render(configuration, format, Passwords.Hidden).Text;
        }
        catch (DeploymentException exception)
        {
            text = exception.Message;
        }

        foreach (MessagingBus bus in new[] { configuration.Rpc, configuration.Notify }.OfType<MessagingBus>())
        {
            Assert.DoesNotContain(bus.Password!.Reveal(), text, StringComparison.Ordinal);
            Assert.DoesNotContain(Uri.EscapeDataString(bus.Password!.Reveal()), text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(ClientFormat.Text, "rabbit://rpc:rpc-s3cret@rpc1")]
    [InlineData(ClientFormat.Json, "rabbit://rpc:rpc-s3cret@rpc1")]
    [InlineData(ClientFormat.Hiera, "oslo_messaging_notify_password: 'notify/p@ss#1'")]
    [InlineData(ClientFormat.Osa, "nova_oslomsg_notify_password: 'notify%2Fp%40ss%231'")]
    [InlineData(ClientFormat.Kolla, "om_notify_password: 'notify%2Fp%40ss%231'")]
    public void RevealedPasswordsAreWrittenAsTheToolReadsThem(ClientFormat format, string expected) =>
        Assert.Contains(expected, ClientText.Render(Shapes.Shared, format, Passwords.Revealed).Text, StringComparison.Ordinal);

    [Fact]
    public void JsonIsOneDocumentWithTheOptionsOfTheText()
    {
        ClientText json = ClientText.Render(Shapes.Dual, ClientFormat.Json, Passwords.Revealed, ClientService.Named("nova"));

        using JsonDocument document = JsonDocument.Parse(json.Text);
        JsonElement options = document.RootElement.GetProperty("options");
        Assert.StartsWith("rabbit://rpc:rpc-s3cret@", options.GetProperty("DEFAULT").GetProperty("transport_url").GetString(), StringComparison.Ordinal);
        Assert.Equal("/etc/nova/nova.conf", document.RootElement.GetProperty("file").GetString());
        Assert.Equal(json.Warnings.Length, document.RootElement.GetProperty("warnings").GetArrayLength());
    }

    [Fact]
    public void DollarInAFileNameIsNoReference()
    {
        MessagingBus bus = Shapes.Rpc with { Tls = new Model.ClientTls { CaFile = "/etc/$ca.pem" } };

        Assert.Contains(
            "ssl_ca_file = /etc/$$ca.pem\n",
            ClientText.Render(new ClientConfiguration { Rpc = bus }, ClientFormat.Text, Passwords.Hidden).Text,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Nova")]
    [InlineData("../nova")]
    [InlineData("nova\n[DEFAULT]")]
    public void WhatIsNoNameOfAServiceIsRefused(string name) => Assert.Throws<DeploymentException>(() => ClientService.Named(name));

    private static ClientConfiguration Shape(string name) => name switch
    {
        "shared" => Shapes.Shared with { Release = OsloReleases.Find("debian-12") },
        "dual" => Shapes.Dual with { Release = OsloReleases.Find("2025.1") },
        "secure" => Shapes.Secure with { Release = OsloReleases.Find("zed") },
        "kafka" => Shapes.RabbitAndKafka with { Release = OsloReleases.Find("2026.2") },
        _ => Shapes.External,
    };
}
