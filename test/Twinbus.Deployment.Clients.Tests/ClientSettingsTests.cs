using System.Collections.Immutable;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;
using Xunit;

namespace Twinbus.Deployment.Clients.Tests;

/// <summary>Which options a client is given, and what a release cannot give.</summary>
public sealed class ClientSettingsTests
{
    private const string Rabbit = "oslo_messaging_rabbit";

    [Fact]
    public void DefaultDeploymentNeedsNoOptionBeyondItsUrls()
    {
        ClientSettings settings = Resolve(Shapes.Shared, "debian-12");

        Assert.Empty(settings.Groups);
        Assert.Empty(settings.Warnings);
        Assert.All(settings.Buses, bus => Assert.Empty(bus.Query));
    }

    [Fact]
    public void WhatBothBusesNeedStandsInTheGroup()
    {
        ClientSettings settings = Resolve(Shapes.Secure, "2026.2");

        Assert.Equal(
            [
                new("amqp_durable_queues", "true"), new("ssl_ca_file", "/etc/twinbus/ca.pem"), new("ssl_enforce_hostname_verification", "true"),
            ],
            settings.Groups[Rabbit]);
        Assert.All(settings.Buses, bus => Assert.Equal([new UrlOption("ssl", "1")], bus.Query));
    }

    [Fact]
    public void WhatTheBusesNeedDifferentlyStandsInEachUrlAndNotInTheGroup()
    {
        ClientSettings settings = Resolve(
            new ClientConfiguration
            {
                Rpc = Shapes.Rpc with { Queues = QueueKind.Durable, Tls = new ClientTls { CaFile = "/a.pem" } },
                Notify = Shapes.Notify with { Queues = QueueKind.Quorum, Tls = new ClientTls { CaFile = "/b.pem" } },
            },
            "2024.1");

        Assert.Equal("rabbit_quorum_queue=false ssl=1 ssl_ca_file=/a.pem", Query(settings.Rpc));
        Assert.Equal("rabbit_quorum_queue=true ssl=1 ssl_ca_file=/b.pem", Query(settings.Notify));
        Assert.Equal([new("amqp_durable_queues", "true")], settings.Groups[Rabbit]);
        Assert.Equal(2, settings.Warnings.Count(warning => warning.Contains("each has its own in its transport URL", StringComparison.Ordinal)));
    }

    [Fact]
    public void TlsOfOneBusLeavesTheOtherAlone()
    {
        ClientSettings settings = Resolve(new ClientConfiguration { Rpc = Shapes.Rpc, Notify = Shapes.Notify with { Tls = Shapes.Authority } }, "debian-12");

        Assert.Equal("", Query(settings.Rpc));
        Assert.Equal("ssl=1", Query(settings.Notify));
        Assert.Equal("/etc/twinbus/ca.pem", settings.Groups[Rabbit]["ssl_ca_file"]);
    }

    [Theory]
    [InlineData(QueueKind.Transient, QueueKind.Durable, "/", 1)]
    [InlineData(QueueKind.Quorum, QueueKind.Transient, "/", 1)]
    [InlineData(QueueKind.Quorum, QueueKind.Durable, "/", 0)]
    [InlineData(QueueKind.Transient, QueueKind.Durable, "telemetry", 0)]
    public void OneVirtualHostHasOneDurability(QueueKind rpc, QueueKind notify, string virtualHost, int problems)
    {
        ClientConfiguration shared = new()
        {
            Rpc = Shapes.Shared.Rpc! with { Queues = rpc },
            Notify = Shapes.Shared.Notify! with { Queues = notify, VirtualHost = virtualHost },
        };

        if (problems == 0)
        {
            Assert.NotNull(Resolve(shared, "zed").Notify);
            return;
        }

        Assert.Contains("one exchange for both", Assert.Single(Problems(shared, "zed")).Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("12.12.0", false)]
    [InlineData("12.13.0", true)]
    [InlineData("queens", false)]
    [InlineData("2026.2", true)]
    public void QuorumQueuesAreForReleasesThatKnowThem(string release, bool known)
    {
        ClientConfiguration quorum = new() { Rpc = Shapes.Rpc with { Queues = QueueKind.Quorum } };
        if (known)
        {
            Assert.Equal("true", Resolve(quorum, release).Groups[Rabbit]["rabbit_quorum_queue"]);
            return;
        }

        Problem problem = Assert.Single(Problems(quorum, release));
        Assert.Contains("rabbit_quorum_queue", problem.What, StringComparison.Ordinal);
        Assert.Equal("the option came with 12.13.0 (Yoga)", problem.Why);
        Assert.Contains("set RabbitQueueType to durable", problem.Next, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("4.0", "14.7.0", "true", 0)]
    [InlineData("4.0", "14.6.0", null, 1)]
    [InlineData("4.3", "14.7.0", "true", 0)]
    [InlineData("3.13", "14.7.0", "true", 0)]
    [InlineData("3.13", "14.6.0", null, 0)]
    public void QueuesOfRepliesAndFanoutsAreQuorumQueuesToo(string server, string release, string? value, int warnings)
    {
        ClientSettings settings = Resolve(
            new ClientConfiguration { Rpc = Shapes.Rpc with { Queues = QueueKind.Quorum, ServerVersion = Version.Parse(server) } }, release);

        Assert.Equal(value, settings.Groups[Rabbit].GetValueOrDefault("rabbit_transient_quorum_queue"));
        Assert.Equal(warnings, settings.Warnings.Length);
    }

    [Theory]
    [InlineData("3.13", false)]
    [InlineData("4.0", true)]
    public void DurableQueuesBringQuorumQueuesForRepliesOnlyWhereTheServerObjectsToTransientOnes(string server, bool expected) => Assert.Equal(
        expected,
        Resolve(new ClientConfiguration { Rpc = Shapes.Rpc with { Queues = QueueKind.Durable, ServerVersion = Version.Parse(server) } }, "2026.2")
            .Groups[Rabbit].ContainsKey("rabbit_transient_quorum_queue"));

    [Fact]
    public void ServerThatRefusesTransientQueuesIsNoneForClientsThatDeclareThem()
    {
        MessagingBus rpc = Shapes.Rpc with { ServerVersion = new Version(4, 3) };

        Problem transient = Assert.Single(Problems(new ClientConfiguration { Rpc = rpc }, "2026.2"));
        Assert.Equal("set RabbitQueueType to quorum or durable", transient.Next);
        Problem old = Assert.Single(Problems(new ClientConfiguration { Rpc = rpc with { Queues = QueueKind.Quorum } }, "14.6.0"));
        Assert.Equal("the option came with 14.7.0 (2024.1 Caracal)", old.Why);
        Assert.Single(Resolve(new ClientConfiguration { Rpc = rpc with { ServerVersion = new Version(4, 1) } }, "2026.2").Warnings);
    }

    [Fact]
    public void NotificationsHaveNoReplyQueues() => Assert.DoesNotContain(
        "rabbit_transient_quorum_queue",
        Resolve(new ClientConfiguration { Notify = Shapes.Notify with { Queues = QueueKind.Quorum, ServerVersion = new Version(4, 3) } }, "2026.2").Groups[Rabbit].Keys);

    [Theory]
    [InlineData("2025.1", "amqp", "14.9.3 (2024.2 Dalmatian) is the last release with it")]
    [InlineData("stein", "zmq+redis", "8.1.4 (Rocky) is the last release with it")]
    public void DriverThatTheReleaseHasNotIsNamedWithItsLastRelease(string release, string transport, string why)
    {
        Problem problem = Assert.Single(Problems(new ClientConfiguration { Rpc = Shapes.Router with { Transport = transport } }, release));

        Assert.Equal(why, problem.Why);
    }

    [Fact]
    public void WithoutAReleaseTheNewestThatHasTheDriversIsTaken()
    {
        ClientSettings settings = ClientSettingsResolution.Resolve(new ClientConfiguration { Rpc = Shapes.Router, Notify = Shapes.Kafka });

        Assert.Equal("14.9.3", $"{settings.Release.Version}");
        Assert.Contains("no release of oslo.messaging was named", settings.Warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public void ReleaseThatIsNewerThanTheTableIsSaidToBe() => Assert.Contains(
        "newer than this Twinbus", Resolve(Shapes.Shared, "19.0.0").Warnings[0], StringComparison.Ordinal);

    [Theory]
    [InlineData("kombu_failover_strategi", "1", "does not know", "did you mean kombu_failover_strategy?")]
    [InlineData("quite_another", "1", "does not know", "remove it, or correct its spelling")]
    [InlineData("rabbit_quorum_queue", "t", "neither true", "correct the value, or remove the option")]
    [InlineData("heartbeat_rate", "often", "no whole number", "correct the value, or remove the option")]
    [InlineData("rabbit_quroum_max_memory_bytes", "1", "does not know", "write rabbit_quorum_max_memory_bytes")]
    public void OptionOfAGivenUrlIsCheckedAgainstTheRelease(string key, string value, string what, string next)
    {
        ClientConfiguration configuration = new() { Rpc = Shapes.Rpc with { Query = [new UrlOption(key, value)] } };

        Problem problem = Assert.Single(Problems(configuration, "2024.1"));

        Assert.Contains(what, problem.What, StringComparison.Ordinal);
        Assert.Equal(next, problem.Next);
    }

    [Fact]
    public void GivenUrlHasTheLastWord()
    {
        ClientSettings settings = Resolve(
            new ClientConfiguration
            {
                Rpc = Shapes.Rpc with { Tls = new ClientTls(), Query = [new UrlOption("ssl", "yes"), new UrlOption("ssl_ca_file", "/theirs.pem")] },
                Notify = Shapes.Kafka with { Query = [new UrlOption("security_protocol", "SASL_SSL")] },
            },
            "debian-12");

        Assert.Equal("ssl=yes ssl_ca_file=/theirs.pem", Query(settings.Rpc));
        Assert.Equal("security_protocol=SASL_SSL", Query(settings.Notify));
        Assert.Equal("true", settings.Groups[Rabbit]["ssl_enforce_hostname_verification"]);
        Assert.Empty(settings.Warnings);
    }

    [Fact]
    public void TlsWithoutAuthorityIsDoubted() => Assert.Contains(
        "verifies nothing",
        Assert.Single(Resolve(new ClientConfiguration { Rpc = Shapes.Rpc with { Tls = new ClientTls() } }, "2026.2").Warnings),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("18.0.0", 1)]
    [InlineData("18.1.0", 0)]
    [InlineData("14.0.3", 1)]
    [InlineData("debian-12", 0)]
    public void HostNameIsVerifiedWhereTheReleaseCan(string release, int warnings)
    {
        ClientSettings settings = Resolve(new ClientConfiguration { Rpc = Shapes.Rpc with { Tls = Shapes.Authority } }, release);

        Assert.Equal(warnings, settings.Warnings.Length);
        Assert.Equal(warnings == 0, settings.Groups[Rabbit].ContainsKey("ssl_enforce_hostname_verification"));
    }

    [Theory]
    [InlineData(false, false, "")]
    [InlineData(true, false, "security_protocol=SASL_PLAINTEXT")]
    [InlineData(false, true, "security_protocol=SSL")]
    [InlineData(true, true, "security_protocol=SASL_SSL")]
    public void KafkaIsToldItsSecurityInOneWord(bool login, bool tls, string query)
    {
        MessagingBus bus = Shapes.Kafka with { UserName = login ? "u" : null, Tls = tls ? Shapes.Authority : null };

        Assert.Equal(query, Query(Resolve(new ClientConfiguration { Notify = bus }, "2026.2").Notify));
    }

    [Fact]
    public void KafkaOfQueensHasNeitherTlsNorLogin() => Assert.Contains(
        Problems(new ClientConfiguration { Notify = Shapes.Kafka with { Tls = Shapes.Authority } }, "queens"),
        problem => problem.What.Contains("security_protocol", StringComparison.Ordinal) && problem.Why == "the option came with 5.36.0 (Rocky)");

    [Fact]
    public void KafkaIsRefusedForRpcAndForAddressesThatItMiswrites()
    {
        MessagingBus bus = Shapes.Kafka with { Endpoints = [new MessagingEndpoint("2001:db8::1", 9092)] };

        Assert.Contains(Problems(new ClientConfiguration { Rpc = bus with { Kind = MessagingKind.Rpc } }, "2026.2"), problem => problem.What.Contains("carries RPC on kafka", StringComparison.Ordinal));
        Assert.Single(Problems(new ClientConfiguration { Notify = bus }, "14.7.3"));
        Assert.NotNull(Resolve(new ClientConfiguration { Notify = bus }, "14.8.0").Notify);
    }

    [Fact]
    public void VirtualHostOnKafkaIsDoubted() => Assert.Contains(
        "the two never meet",
        Assert.Single(Resolve(new ClientConfiguration { Notify = Shapes.Kafka with { VirtualHost = "v" } }, "2026.2").Warnings),
        StringComparison.Ordinal);

    [Fact]
    public void RouterIsToldToLogInAndItsNotificationsAreDoubted()
    {
        ClientSettings settings = Resolve(
            new ClientConfiguration { Rpc = Shapes.Router with { Tls = Shapes.Authority }, Notify = Shapes.Router with { Kind = MessagingKind.Notify, Tls = Shapes.Authority } }, "zed");

        Assert.Equal("PLAIN", settings.Groups["oslo_messaging_amqp"]["sasl_mechanisms"]);
        Assert.Equal("/etc/twinbus/ca.pem", settings.Groups["oslo_messaging_amqp"]["ssl_ca_file"]);
        Assert.Contains("a router stores nothing", Assert.Single(settings.Warnings), StringComparison.Ordinal);
    }

    // The file alone would switch TLS on for the plaintext router.
    [Fact]
    public void AuthorityOfOneRouterIsKeptFromAPlaintextOne()
    {
        ClientSettings settings = Resolve(
            new ClientConfiguration { Rpc = Shapes.Router, Notify = Shapes.Router with { Kind = MessagingKind.Notify, Tls = Shapes.Authority } }, "zed");

        Assert.Equal("", Query(settings.Rpc));
        Assert.Equal("ssl=1 ssl_ca_file=/etc/twinbus/ca.pem", Query(settings.Notify));
        Assert.False(settings.Groups["oslo_messaging_amqp"].ContainsKey("ssl_ca_file"));
    }

    [Fact]
    public void ZmqHasNoTls() => Assert.Single(
        Problems(new ClientConfiguration { Rpc = Shapes.Router with { Transport = "zmq+redis", Tls = Shapes.Authority } }, "queens"));

    [Fact]
    public void AllReasonsAreGivenAtOnce() => Assert.Equal(
        3,
        Problems(
            new ClientConfiguration
            {
                Rpc = Shapes.Rpc with { Queues = QueueKind.Quorum, Query = [new UrlOption("no_such", "1")] },
                Notify = Shapes.Kafka with { Transport = "pigeon" },
            },
            "queens").Length);

    // Every option that any shape is given is one that the release knows: nothing is dropped in silence by oslo.config.
    [Fact]
    public void NoReleaseIsGivenAnOptionThatItDoesNotKnow()
    {
        foreach (string version in OsloReleases.Series.SelectMany(series => series.LastPatches).Select(version => $"{version}").Append("debian-12"))
        {
            OsloRelease release = OsloReleases.Find(version);
            foreach (ClientConfiguration shape in new[] { Shapes.Shared, Shapes.Secure, Shapes.External, Shapes.RabbitAndKafka, Shapes.Dual })
            {
                try
                {
                    ClientSettings settings = ClientSettingsResolution.Resolve(shape with { Release = release });
                    Assert.All(settings.Groups.SelectMany(group => group.Value.Select(option => (group.Key, option.Key))), option => Assert.NotNull(release.Option(option.Item1, option.Item2)));
                    Assert.All(settings.Buses.SelectMany(bus => bus.Query.Select(option => ($"oslo_messaging_{bus.Bus.Transport}", option.Key))), option => Assert.NotNull(release.Option(option.Item1, option.Key)));
                }
                catch (DeploymentException exception)
                {
                    Assert.All(exception.Problems, problem => Assert.NotEqual("", problem.Next));
                }
            }
        }
    }

    private static ClientSettings Resolve(ClientConfiguration configuration, string release) =>
        ClientSettingsResolution.Resolve(configuration with { Release = OsloReleases.Find(release) });

    private static ImmutableArray<Problem> Problems(ClientConfiguration configuration, string release) =>
        Shapes.ProblemsOf(() => Resolve(configuration, release));

    private static string Query(ResolvedBus? bus) => string.Join(' ', bus!.Query.Select(option => $"{option.Key}={option.Value}"));
}
