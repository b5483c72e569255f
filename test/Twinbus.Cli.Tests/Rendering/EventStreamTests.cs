using Microsoft.Extensions.Time.Testing;
using Twinbus.Cli.Rendering;
using Twinbus.Cli.Rendering.Progress;
using Twinbus.Hosts;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Running;
using Twinbus.Testing;

namespace Twinbus.Cli.Tests.Rendering;

public sealed class EventStreamTests
{
    private static readonly HostFailure Full = new(HostFailureReason.DiskFull, "Nothing more can be written.", "No space left on device", "Make room there, then run this again.") { Host = "b", Kind = "file", Name = "/etc/x" };

    [Fact]
    public async Task EachEventIsALineAndTheReportIsTheLast()
    {
        FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        using StringWriter output = new();
        Terminal terminal = new() { Output = output, Error = TextWriter.Null, Input = TextReader.Null };
        await using (RunProgress stream = new EventStream(terminal, clock, talk: null))
        {
            HostEvent[] events =
            [
                new HostReached(), new RunAwaited("waiting for deploy of root@desk (process 12, run 1a2b)"), new ResourceChecked("file", "/etc/x", ResourceAction.Change, "content differs"), new HostChecked(1, "f00"), new StageBegun(Stage.Configure),
                new ResourceProgress("package", "x", "unpacking"), new ResourceConverged("file", "/etc/x", ResourceAction.Change, "content differed"), new StageEnded(Stage.Configure), new HostEnded(),
            ];
            foreach (HostEvent happened in events)
            {
                stream.Report(happened with { Host = "a" });
            }

            stream.Report(new HostFailed(Full) { Host = "b" });
            stream.Step("proving each service with real traffic");
        }

        RunReport report = RunReport.Nothing with { Changes = [new ResourceChange("a", "file", "/etc/x", ResourceAction.Change, "content differed")], Failures = [Full] };
        ReportJson.WriteLine(terminal, ReportDocument.Of(report, proof: null, clock));
        GoldenFile.Matches(output.ToString(), "events.jsonl");
    }
}
