using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;
using Twinbus.Cli.Rendering;
using Twinbus.Cli.Rendering.Progress;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Plans;

namespace Twinbus.Cli.Tests.Rendering;

public sealed class LiveProgressTests
{
    private readonly FakeTimeProvider clock = new();

    [Fact]
    public async Task ARunThatIsOverAtOnceDrawsNothing()
    {
        using StringWriter error = new();
        await using (RunProgress progress = Progress(error))
        {
            progress.Report(new HostReached { Host = "a" });
            clock.Advance(TimeSpan.FromMilliseconds(399));
        }

        Assert.Equal("", error.ToString());
    }

    /// <summary>The lines that stay, in what a terminal was sent: each ends with a newline, and what moves is written over.</summary>
    [Fact]
    public async Task AFinishedStageStaysOnTheScreenAndMoreHostsThanFitAreCounted()
    {
        using StringWriter error = new();
        await using (RunProgress progress = Progress(error))
        {
            clock.Advance(TimeSpan.FromMilliseconds(400));
            foreach (int host in Enumerable.Range(1, 30))
            {
                progress.Report(new StageBegun(Stage.Prepare) { Host = $"h{host}" });
            }

            await UntilAsync(error, "and 10 hosts more");
            progress.Report(new ResourceConverged("package", "x", ResourceAction.Create, "") { Host = "h7" });
            progress.Report(new StageEnded(Stage.Prepare) { Host = "h7" });
            await UntilAsync(error, "1 changed");
        }

        string text = Regex.Replace(error.ToString(), "\e\\[[0-9;?]*[a-zA-Z]", "");
        Assert.Single(Regex.Matches(text, "h7 +preparing packages, users and directories +1 changed, [0-9.]+ s {20,}"));
    }

    [Fact]
    public async Task WhatIsToldWhileLinesMoveIsAmongThemAndAfterwardsALine()
    {
        using StringWriter error = new();
        Terminal terminal = new() { Output = TextWriter.Null, Error = error, Input = TextReader.Null, ErrorIsTerminal = true };
        await using (RunProgress progress = RunProgress.For(terminal, clock, verbose: false))
        {
            clock.Advance(TimeSpan.FromMilliseconds(400));
            await UntilAsync(error, "working on the hosts");
            terminal.Tell("ending");
            await UntilAsync(error, "ending");
        }

        Assert.DoesNotContain("twinbus: ending", error.ToString(), StringComparison.Ordinal);
        terminal.Tell("ending");
        Assert.EndsWith($"twinbus: ending.{Environment.NewLine}", error.ToString(), StringComparison.Ordinal);
    }

    // The drawing goes on by the clock's ticks, in a task of its own.
    private async Task UntilAsync(StringWriter error, string text)
    {
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(20));
        while (!error.ToString().Contains(text, StringComparison.Ordinal))
        {
            deadline.Token.ThrowIfCancellationRequested();
            clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }
    }

    private RunProgress Progress(StringWriter error) => RunProgress.For(
        new Terminal { Output = TextWriter.Null, Error = TextWriter.Synchronized(error), Input = TextReader.Null, ErrorIsTerminal = true, Height = 24 },
        clock,
        verbose: false);
}
