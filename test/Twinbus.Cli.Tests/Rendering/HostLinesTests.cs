using Microsoft.Extensions.Time.Testing;
using Twinbus.Cli.Rendering.Progress;
using Twinbus.Hosts;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Plans;

namespace Twinbus.Cli.Tests.Rendering;

public sealed class HostLinesTests
{
    private readonly FakeTimeProvider clock = new();
    private readonly HostLines lines;

    public HostLinesTests() => lines = new HostLines(clock);

    [Fact]
    public void EachHostAtWorkHasALineWithItsStageAndWhatItDoesNow()
    {
        Happens(new HostReached(), "a", "b");
        Assert.All(lines.AtWork(), line => Assert.Equal("reading what is there", line.Doing));
        Happens(new HostChecked(3, ""), "a", "b");
        Assert.Empty(lines.AtWork());

        Happens(new StageBegun(Stage.Prepare), "a", "b");
        Happens(new ResourceProgress("package", "rabbitmq-server", "unpacking, 12 s"), "b");
        clock.Advance(TimeSpan.FromSeconds(2.5));
        Assert.Equal(
            [
                new HostLine("a", "preparing packages, users and directories", "2.5 s", IsBad: false),
                new HostLine("b", "preparing packages, users and directories", "package rabbitmq-server: unpacking, 12 s", IsBad: false),
            ],
            lines.AtWork());
    }

    [Fact]
    public void AHostThatAnotherRunHoldsSaysForWhomItWaitsBeforeItIsReadAndBeforeItIsChanged()
    {
        Happens(new HostReached(), "a");
        Happens(new RunAwaited("waiting for deploy"), "a");
        Assert.Equal([new HostLine("a", "reading what is there", "waiting for deploy", IsBad: false)], lines.AtWork());
        Happens(new ResourceChecked("file", "/etc/x", ResourceAction.None, ""), "a");
        Assert.Equal("0.0 s", Assert.Single(lines.AtWork()).Text);
        Happens(new HostChecked(3, ""), "a");

        Happens(new RunAwaited("waiting for deploy"), "a");
        Assert.Equal([new HostLine("a", "waiting for another run", "waiting for deploy", IsBad: false)], lines.AtWork());
        Happens(new StageBegun(Stage.Prepare), "a");
        Assert.Equal("preparing packages, users and directories", Assert.Single(lines.AtWork()).Doing);
    }

    [Fact]
    public void AStageThatChangedSomethingLeavesALine()
    {
        Happens(new StageBegun(Stage.Configure), "a", "b");
        Happens(new ResourceConverged("file", "/etc/x", ResourceAction.Change, ""), "a");
        Happens(new ResourceConverged("file", "/etc/y", ResourceAction.None, ""), "a", "b");
        clock.Advance(TimeSpan.FromSeconds(1));
        Happens(new StageEnded(Stage.Configure), "a", "b");
        Assert.Empty(lines.AtWork());
        Assert.Equal([new HostLine("a", "writing configuration", "1 changed, 1.0 s", IsBad: false)], lines.TakeFinished());
        Assert.Empty(lines.TakeFinished());
    }

    [Fact]
    public void AFailureLeavesALineThatSaysAtWhat()
    {
        Happens(new StageBegun(Stage.Start), "a");
        Happens(new HostFailed(new HostFailure(HostFailureReason.Service, "It died.", "", "")), "a");
        Happens(new HostFailed(new HostFailure(HostFailureReason.Unreachable, "It does not answer.", "", "")), "b");
        Assert.Equal(
            [new HostLine("a", "starting services", "failed: It died.", IsBad: true), new HostLine("b", "reaching it", "failed: It does not answer.", IsBad: true)],
            lines.TakeFinished());
        Assert.Empty(lines.AtWork());
    }

    [Fact]
    public void AReservationThatCameSecondLeavesALineThatIsNoFailure()
    {
        Happens(new StageBegun(Stage.Reserve), "a");
        Happens(new ReservationRefused(new HostFailure(HostFailureReason.PortTaken, "Port 5672 is no longer free.", "The deployment lab claimed it.", ""), null!), "a");
        Assert.Equal([new HostLine("a", "claiming ports", "Port 5672 is no longer free. The deployment lab claimed it.", IsBad: false)], lines.TakeFinished());
        Assert.Empty(lines.AtWork());
    }

    private void Happens(HostEvent what, params string[] hosts)
    {
        foreach (string host in hosts)
        {
            lines.Report(what with { Host = host });
        }
    }
}
