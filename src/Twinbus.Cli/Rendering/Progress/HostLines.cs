using System.Globalization;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Plans;

namespace Twinbus.Cli.Rendering.Progress;

/// <summary>
/// A run as a person follows it: a line for each host that is at work, with what it does now, and a line that stays for
/// each stage in which a host changed something, or failed.
/// </summary>
internal sealed class HostLines(TimeProvider clock)
{
    private readonly Dictionary<string, Work> atWork = [];
    private readonly Dictionary<string, int> order = [];
    private readonly List<HostLine> finished = [];
    private readonly Lock gate = new();

    public void Report(HostEvent value)
    {
        lock (gate)
        {
            order.TryAdd(value.Host, order.Count);
            switch (value)
            {
                case HostReached:
                    atWork[value.Host] = new Work("reading what is there", clock.GetTimestamp());
                    break;
                case RunAwaited awaited:
                    if (!atWork.TryGetValue(value.Host, out Work? waiting))
                    {
                        atWork[value.Host] = waiting = new Work("waiting for another run", clock.GetTimestamp());
                    }

                    waiting.Now = awaited.Text;
                    break;
                case ResourceChecked when atWork.TryGetValue(value.Host, out Work? reading):
                    reading.Now = "";
                    break;
                case StageBegun begun:
                    atWork[value.Host] = new Work(EventPhrases.Of(begun.Stage), clock.GetTimestamp());
                    break;
                case ResourceProgress progress when atWork.TryGetValue(value.Host, out Work? work):
                    work.Now = $"{progress.Kind} {progress.Name}: {progress.Text}";
                    break;
                case ResourceConverged converged when atWork.TryGetValue(value.Host, out Work? work):
                    work.Now = "";
                    work.Changed += converged.Action == ResourceAction.None ? 0 : 1;
                    break;
                case StageEnded when atWork.Remove(value.Host, out Work? work) && work.Changed > 0:
                    finished.Add(new HostLine(value.Host, work.Doing, $"{work.Changed} changed, {Seconds(work)}", IsBad: false));
                    break;
                case ReservationRefused refused when atWork.Remove(value.Host, out Work? work):
                    finished.Add(new HostLine(value.Host, work.Doing, $"{refused.Failure.What} {refused.Failure.Why}", IsBad: false));
                    break;
                case HostFailed failed:
                    atWork.Remove(value.Host, out Work? broken);
                    finished.Add(new HostLine(value.Host, broken?.Doing ?? "reaching it", $"failed: {failed.Failure.What}", IsBad: true));
                    break;
                case HostChecked or HostEnded:
                    atWork.Remove(value.Host);
                    break;
            }
        }
    }

    /// <summary>The hosts at work, in the order in which they were reached: a line stays where it is.</summary>
    public IReadOnlyList<HostLine> AtWork()
    {
        lock (gate)
        {
            return [.. atWork.OrderBy(host => order[host.Key]).Select(host =>
                new HostLine(host.Key, host.Value.Doing, host.Value.Now.Length > 0 ? host.Value.Now : Seconds(host.Value), IsBad: false))];
        }
    }

    /// <summary>The lines that stay, each once.</summary>
    public IReadOnlyList<HostLine> TakeFinished()
    {
        lock (gate)
        {
            HostLine[] lines = [.. finished];
            finished.Clear();
            return lines;
        }
    }

    private string Seconds(Work work) => $"{clock.GetElapsedTime(work.Began).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s";

    private sealed class Work(string doing, long began)
    {
        public string Doing => doing;

        public long Began => began;

        public string Now { get; set; } = "";

        public int Changed { get; set; }
    }
}

/// <summary>What a person reads of one host.</summary>
/// <param name="Host">The host's inventory name.</param>
/// <param name="Doing">The stage, in words.</param>
/// <param name="Text">What of it happens now, or what came of it.</param>
/// <param name="IsBad">Whether it failed.</param>
internal sealed record HostLine(string Host, string Doing, string Text, bool IsBad);
