using System.Text.Json.Nodes;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Clients.Formats;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;
using Twinbus.Hosts;
using Twinbus.Testing;
using Xunit;

namespace Twinbus.Deployment.Clients.Tests;

/// <summary>What Twinbus writes, read by the real oslo.messaging.</summary>
[Trait("Needs", "Python")]
public sealed class PythonTests
{
    [Fact]
    public async Task TableHasWhatTheInstalledLibraryRegisters()
    {
        JsonNode library = await PythonClient.RunAsync(TestContext.Current.CancellationToken, "options");
        OsloRelease release = OsloReleases.Find(library["version"]!.ToString() is "14.0.3" ? "debian-12" : library["version"]!.ToString());

        Assert.Equal(
            library["options"]!.AsArray().Select(line => line!.ToString()),
            release.Options.Select(option => $"{option.Group} {option.Name} {option.Type} {option.Default ?? "None"}").Order(StringComparer.Ordinal));
        Assert.Equal(library["drivers"]!.AsArray().Select(name => name!.ToString()), release.Drivers);
    }

    [Fact]
    public async Task DriverOfEachBusReadsWhatThatBusNeeds()
    {
        JsonNode buses = await LoadAsync(Shapes.Dual);

        Assert.False(Option(buses, "rpc", "ssl")!.GetValue<bool>());
        Assert.False(Option(buses, "rpc", "rabbit_quorum_queue")!.GetValue<bool>());
        Assert.True(Option(buses, "notify", "ssl")!.GetValue<bool>());
        Assert.True(Option(buses, "notify", "rabbit_quorum_queue")!.GetValue<bool>());
        Assert.True(Option(buses, "notify", "ssl_enforce_hostname_verification")!.GetValue<bool>());
        Assert.Equal("/etc/twinbus/ca.pem", Option(buses, "notify", "ssl_ca_file")!.ToString());
        Assert.Equal("/telemetry", buses["notify"]!["virtual_host"]!.ToString());
        Assert.Equal("""[["notify1.example.org",5671,"notify","notify/p@ss#1"]]""", buses["notify"]!["hosts"]!.ToJsonString());
        Assert.Equal("""["messagingv2"]""", buses["driver"]!.ToJsonString());
        Assert.Equal("""["notifications"]""", buses["topics"]!.ToJsonString());
    }

    [Fact]
    public async Task EveryCharacterOfAPasswordSurvives()
    {
        JsonNode buses = await LoadAsync(Shapes.External with { Notify = Shapes.External.Rpc! with { Name = "notify", Kind = MessagingKind.Notify } });

        JsonArray hosts = buses["rpc"]!["hosts"]!.AsArray();
        Assert.Equal(2, hosts.Count);
        Assert.Equal(["192.0.2.10", "2001:db8::10"], hosts.Select(host => host![0]!.ToString()));
        Assert.All(hosts, host => Assert.Equal("cloud@corp", host![2]!.ToString()));
        Assert.All(hosts, host => Assert.Equal("a/b:c@d?e#f%20 $x", host![3]!.ToString()));
        Assert.Equal("cloud/a", buses["rpc"]!["virtual_host"]!.ToString());
        Assert.Equal("shuffle", Option(buses, "rpc", "kombu_failover_strategy")!.ToString());
        Assert.Equal(30, Option(buses, "notify", "heartbeat_timeout_threshold")!.GetValue<int>());
    }

    // Read and understood is not yet connected with: the driver hands on a URL of its own making.
    [Fact]
    public async Task WhatDoesNotArriveIsWhatIsRefusedAndNothingElse()
    {
        ClientOptions driver = BackendRegistry.Shipped.ClientOptionsOf("rabbit")!;
        string[] parts = ["UserName", "Password", "VirtualHost"];
        (string Part, char Letter, MessagingBus Bus)[] all =
        [
            .. from part in parts
               from letter in Enumerable.Range(' ', 95).Select(code => (char)code).Append('ü').Append('\t')
               from text in new[] { $"ab{letter}cd", $"{letter}41b", $"a{letter}{letter}b", $"ab{letter}" }
               select (part, letter, part switch
               {
                   "UserName" => Shapes.Rpc with { UserName = text },
                   "Password" => Shapes.Rpc with { Password = new Secret(text) },
                   _ => Shapes.Rpc with { VirtualHost = text },
               }),
        ];
        JsonArray urls = [.. all.Select(each => JsonValue.Create(TransportUrlText.Write(each.Bus, [], Passwords.Revealed)))];

        JsonArray arrived = (await PythonClient.RunAsync(urls.ToJsonString(), ["arrive"], TestContext.Current.CancellationToken)).AsArray();

        Dictionary<(string, char), bool> survives = all.Zip(arrived)
            .GroupBy(each => (each.First.Part, each.First.Letter))
            .ToDictionary(each => each.Key, each => each.All(one => IsWhole(one.First.Bus, one.Second)));
        foreach (((string part, char letter), bool whole) in survives)
        {
            bool refused = driver.Loses(part == "VirtualHost" ? UrlPart.VirtualHost : UrlPart.Login)(letter);
            Assert.True(refused != whole || (letter == '\t' && part != "VirtualHost"), $"{part} with {letter}: refused {refused}, arrives {whole}");
        }

        static bool IsWhole(MessagingBus bus, JsonNode? there) => there is JsonArray found
            && (bus.UserName, bus.Password!.Reveal(), bus.VirtualHost) == (found[2]?.ToString(), found[3]?.ToString(), found[4]?.ToString())
            && (bus.Endpoints[0].Host, bus.Endpoints[0].Port) == (found[0]?.ToString(), found[1]?.GetValue<int>());
    }

    [Fact]
    public async Task KafkaAndRabbitAreConfiguredSideBySide()
    {
        JsonNode buses = await LoadAsync(Shapes.RabbitAndKafka);

        Assert.Equal("kafka", buses["notify"]!["transport"]!.ToString());
        Assert.Equal("SASL_SSL", Option(buses, "notify", "security_protocol")!.ToString());
        Assert.Equal("/etc/twinbus/kafka-ca.pem", Option(buses, "notify", "ssl_cafile")!.ToString());
        Assert.True(Option(buses, "rpc", "rabbit_quorum_queue")!.GetValue<bool>());
        Assert.Equal("/etc/twinbus/ca.pem", Option(buses, "rpc", "ssl_ca_file")!.ToString());
    }

    [Theory]
    [InlineData(true, "192.0.2.1", "2001:db8::1")]
    [InlineData(false, "2001:db8::1", "192.0.2.1")]
    public async Task AddressesOfBothKindsAreReadFromOneUrl(bool login, string first, string second)
    {
        MessagingBus bus = Shapes.Rpc with
        {
            Endpoints = [new MessagingEndpoint("2001:db8::1", 5672), new MessagingEndpoint("192.0.2.1", 5672)],
            UserName = login ? "u" : null,
        };

        JsonNode buses = await LoadAsync(new ClientConfiguration { Rpc = bus, Notify = bus with { Name = "notify", Kind = MessagingKind.Notify } });

        Assert.Equal([first, second], buses["rpc"]!["hosts"]!.AsArray().Select(host => host![0]!.ToString()));
        Assert.All(buses["rpc"]!["hosts"]!.AsArray(), host => Assert.Equal(5672, host![1]!.GetValue<int>()));
    }

    private static JsonNode? Option(JsonNode buses, string bus, string option) => buses[bus]!["options"]![option];

    private static async Task<JsonNode> LoadAsync(ClientConfiguration configuration)
    {
        using TemporaryDirectory directory = new();
        string file = directory["client.conf"];
        await File.WriteAllTextAsync(
            file,
            ClientText.Render(configuration with { Release = OsloReleases.Find("debian-12") }, ClientFormat.Text, Passwords.Revealed).Text,
            TestContext.Current.CancellationToken);
        return await PythonClient.RunAsync(TestContext.Current.CancellationToken, "load", file);
    }
}
