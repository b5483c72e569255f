using Microsoft.Extensions.Time.Testing;
using Twinbus.Cli.Rendering;
using Twinbus.Cli.Rendering.Progress;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Plans;

namespace Twinbus.Cli.Tests.Rendering;

public sealed class PlainProgressTests : IDisposable
{
    private readonly FakeTimeProvider clock = new();
    private readonly StringWriter error = new();

    private string[] Lines => error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public void Dispose() => error.Dispose();

    [Fact]
    public void TheSameThingIsSaidAgainOnlyEveryFewSeconds()
    {
        RunProgress progress = Progress(verbose: false);
        for (int second = 1; second <= 11; second++)
        {
            progress.Report(new ResourceProgress("service", "twinbus-x", $"waiting for it to listen, {second} s") { Host = "localhost" });
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(
            ["  localhost: service twinbus-x: waiting for it to listen, 1 s", "  localhost: service twinbus-x: waiting for it to listen, 6 s", "  localhost: service twinbus-x: waiting for it to listen, 11 s"],
            Lines);
    }

    [Fact]
    public void HostsThatWaitSideBySideDoNotMakeEachOtherRepeatThemselves()
    {
        RunProgress progress = Progress(verbose: false);
        for (int second = 1; second <= 5; second++)
        {
            foreach (string host in (string[])["h1", "h2", "h3"])
            {
                progress.Report(new ResourceProgress("service", "twinbus-x", $"waiting for it to listen, {second} s") { Host = host });
            }

            clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(3, Lines.Length);
    }

    [Fact]
    public void ThatAnotherRunIsAwaitedIsSaidAtOnceAndThenEveryFewSeconds()
    {
        RunProgress progress = Progress(verbose: false);
        for (int second = 1; second <= 6; second++)
        {
            progress.Report(new RunAwaited($"waiting for what is left of deploy: package p: {second} %") { Host = "h1" });
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(["  h1: waiting for what is left of deploy: package p: 1 %", "  h1: waiting for what is left of deploy: package p: 6 %"], Lines);
    }

    [Fact]
    public void AnotherThingIsSaidAtOnce()
    {
        RunProgress progress = Progress(verbose: false);
        progress.Report(new StageBegun(Stage.Prepare) { Host = "localhost" });
        progress.Report(new ResourceProgress("package", "rabbitmq-server", "installing") { Host = "localhost" });
        progress.Report(new StageBegun(Stage.Configure) { Host = "localhost" });
        Assert.Equal(3, Lines.Length);
    }

    [Fact]
    public void OnlyACarefulReaderSeesEachResourceAndWhen()
    {
        ResourceChecked check = new("file", "/etc/x", ResourceAction.None, "") { Host = "localhost" };
        Progress(verbose: false).Report(check);
        Assert.Empty(Lines);
        RunProgress careful = Progress(verbose: true);
        clock.Advance(TimeSpan.FromMilliseconds(1250));
        careful.Report(check);
        Assert.Equal(["  1.250 s  localhost: file /etc/x: as it should be"], Lines);
    }

    private RunProgress Progress(bool verbose) =>
        RunProgress.For(new Terminal { Output = TextWriter.Null, Error = error, Input = TextReader.Null }, clock, verbose);
}
