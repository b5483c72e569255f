using Twinbus.Deployment.Oslo;
using Xunit;

namespace Twinbus.Deployment.Clients.Tests;

public sealed class ReleaseTests
{
    private const string Rabbit = "oslo_messaging_rabbit";

    [Theory]
    [InlineData("queens", "5.35.6 (Queens)")]
    [InlineData("Zed", "14.0.3 (Zed)")]
    [InlineData("2024.1", "14.7.3 (2024.1 Caracal)")]
    [InlineData("caracal", "14.7.3 (2024.1 Caracal)")]
    [InlineData("stable/2025.1", "16.1.1 (2025.1 Epoxy)")]
    [InlineData("14.0.3", "14.0.3 (Zed)")]
    [InlineData("14.2", "14.2.5 (2023.1 Antelope)")]
    [InlineData("16.1.9", "16.1.9 (2025.1 Epoxy)")]
    [InlineData("debian-12", "14.0.3 (Zed) as debian-12 builds it")]
    [InlineData("bookworm", "14.0.3 (Zed) as debian-12 builds it")]
    [InlineData("19.0.0", "19.0.0")]
    public void ReleaseIsFoundByEachOfItsNames(string name, string release) =>
        Assert.Equal(release, OsloReleases.Find(name).ToString());

    [Theory]
    [InlineData("5.34.0", "releases before 5.35.0 (Queens) are not known here")]
    [InlineData("15.7.0", "known are 5.35.0 to 18.1.0")]
    [InlineData("kilo", "known are 5.35.0 to 18.1.0")]
    [InlineData("", "known are 5.35.0 to 18.1.0")]
    public void WhatIsNoReleaseIsAnErrorThatSaysWhichThereAre(string name, string why)
    {
        Problem problem = Assert.Single(Shapes.ProblemsOf(() => OsloReleases.Find(name)));

        Assert.StartsWith(why, problem.Why, StringComparison.Ordinal);
        Assert.Contains("2024.1", problem.Next, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("amqp", "14.9.3", "15.0.0")]
    [InlineData("zmq", "8.1.4", "9.0.0")]
    [InlineData("pika", "5.36.0", "6.0.0")]
    public void DriversEndWithAReleaseOfTheirOwn(string driver, string last, string first)
    {
        Assert.True(OsloReleases.Find(last).HasDriver(driver));
        Assert.False(OsloReleases.Find(first).HasDriver(driver));
        Assert.Equal(last, $"{OsloReleases.NewestWith(driver)?.Version}");
    }

    [Theory]
    [InlineData("rabbit_quorum_queue", "12.12.0", "12.13.0")]
    [InlineData("rabbit_transient_quorum_queue", "14.6.0", "14.7.0")]
    [InlineData("use_queue_manager", "14.6.0", "14.7.0")]
    [InlineData("rabbit_stream_fanout", "14.6.0", "14.7.0")]
    [InlineData("kombu_reconnect_splay", "16.0.0", "16.1.0")]
    [InlineData("ssl_enforce_hostname_verification", "18.0.0", "18.1.0")]
    [InlineData("rabbit_quorum_max_memory_length", "14.2.3", "14.2.4")]
    [InlineData("enable_cancel_on_failover", "12.2.2", "12.3.0")]
    public void OptionsBeginWithARelease(string option, string without, string with)
    {
        Assert.Null(OsloReleases.Find(without).Option(Rabbit, option));
        Assert.NotNull(OsloReleases.Find(with).Option(Rabbit, option));
        Assert.Equal(with, $"{OsloReleases.FirstWith(Rabbit, option)?.Version}");
    }

    [Theory]
    [InlineData("rabbit_quroum_max_memory_length", "14.2.3", "14.2.4")]
    [InlineData("heartbeat_in_pthread", "17.3.0", "18.0.0")]
    [InlineData("rabbit_virtual_host", "8.1.4", "9.0.0")]
    public void OptionsEndWithARelease(string option, string with, string without)
    {
        Assert.NotNull(OsloReleases.Find(with).Option(Rabbit, option));
        Assert.Null(OsloReleases.Find(without).Option(Rabbit, option));
    }

    // Backports: known in a stable branch, and unknown in releases made after the first of that branch.
    [Fact]
    public void OptionOfAStableBranchIsNotKnownToTheNextSeries()
    {
        Assert.NotNull(OsloReleases.Find("10.2.4").Option(Rabbit, "enable_cancel_on_failover"));
        Assert.Null(OsloReleases.Find("10.3.0").Option(Rabbit, "enable_cancel_on_failover"));
        Assert.NotNull(OsloReleases.Find("12.1.4").Option(Rabbit, "enable_cancel_on_failover"));
    }

    [Fact]
    public void DefaultsAreThoseOfTheRelease()
    {
        Assert.Equal("2", OsloReleases.Find("14.4.2").Option(Rabbit, "heartbeat_rate")?.Default);
        Assert.Equal("3", OsloReleases.Find("14.5.0").Option(Rabbit, "heartbeat_rate")?.Default);
        Assert.Equal("true", OsloReleases.Find("wallaby").Option(Rabbit, "heartbeat_in_pthread")?.Default);
        Assert.Equal("false", OsloReleases.Find("debian-12").Option(Rabbit, "ssl_enforce_hostname_verification")?.Default);
        Assert.Null(OsloReleases.Find("14.0.3").Option(Rabbit, "ssl_enforce_hostname_verification"));
    }

    [Fact]
    public void OldNameLeadsToTheNewOne()
    {
        Assert.Equal("rabbit_quorum_max_memory_bytes", OsloReleases.Find("2024.1").NowCalled(Rabbit, "rabbit_quroum_max_memory_bytes"));
        Assert.Null(OsloReleases.Find("17.0.0").NowCalled(Rabbit, "rabbit_quroum_max_memory_bytes"));
        Assert.Equal("driver", OsloReleases.Find("zed").NowCalled("DEFAULT", "notification_driver"));
    }

    [Fact]
    public void EveryReleaseHasRabbitAndTheOptionsThatAllNeed()
    {
        foreach (OsloVersion version in OsloReleases.Series.SelectMany(series => series.LastPatches))
        {
            OsloRelease release = OsloReleases.Find($"{version}");
            Assert.True(release.HasDriver("rabbit") && release.HasDriver("kafka"));
            Assert.NotNull(release.Series);
            foreach ((string group, string option) in new[]
            {
                ("DEFAULT", "transport_url"), ("oslo_messaging_notifications", "transport_url"), (Rabbit, "ssl"), (Rabbit, "amqp_durable_queues"),
            })
            {
                Assert.NotNull(release.Option(group, option));
            }
        }
    }

    [Fact]
    public void SeriesFollowOneAnotherWithoutOverlap()
    {
        OsloVersion[] line = [.. OsloReleases.Series.SelectMany(series => series.LastPatches)];

        Assert.Equal(line.Order(), line);
        Assert.Equal(line.Length, line.Distinct().Count());
    }

    [Theory]
    [InlineData("series zed")]
    [InlineData("driver amqp ..15")]
    [InlineData("[group]\nname int")]
    [InlineData("[group]\nname int 0 debian-13")]
    public void LineThatIsNoneOfTheTablesKindsIsRefused(string text) =>
        Assert.Throws<FormatException>(() => ReleaseTableReader.Read(text));
}
