using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Plans;

namespace Twinbus.Hosts.Running;

/// <summary>
/// What a run did, line by line, in the deployment directory; for whoever wants to know what was under way when a run
/// broke off. Nothing depends on it: the next run reads the hosts themselves. Never a secret.
/// </summary>
public sealed class RunJournal : IProgress<HostEvent>, IDisposable
{
    private const string FileName = "journal";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly FileStream file;
    private readonly TimeProvider clock;
    private readonly IProgress<HostEvent>? next;

    private RunJournal(FileStream file, TimeProvider clock, IProgress<HostEvent>? next)
    {
        this.file = file;
        this.clock = clock;
        this.next = next;
    }

    /// <summary>Begins the journal of a run; that of the run before it stays beside it, with <c>.1</c> at its end.</summary>
    /// <param name="directory">The deployment directory; the caller holds its lock.</param>
    /// <param name="purpose">What the run does, such as <c>deploy</c>.</param>
    /// <param name="runId">Its id.</param>
    /// <param name="clock">The clock for each line.</param>
    /// <param name="next">Told of each event after it was written.</param>
    public static RunJournal Begin(string directory, string purpose, string runId, TimeProvider clock, IProgress<HostEvent>? next)
    {
        ArgumentNullException.ThrowIfNull(clock);
        var path = Path.Combine(directory, FileName);
        if (File.Exists(path))
        {
            File.Move(path, path + ".1", overwrite: true);
        }

        var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.Read,
            UnixCreateMode = Private,
        });
        var journal = new RunJournal(file, clock, next);
        journal.Write(new JournalLine { Purpose = purpose, RunId = runId });
        return journal;
    }

    /// <summary>The last run, if it did not come to its end; null when it did, or when there was none.</summary>
    /// <param name="directory">The deployment directory; the caller holds its lock.</param>
    public static UnfinishedRun? FindUnfinished(string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        JournalLine? first = null;
        var underWay = ImmutableSortedDictionary<string, Stage>.Empty;
        foreach (var line in File.ReadLines(path).Select(Parse).OfType<JournalLine>())
        {
            first ??= line;
            if (line.Ended)
            {
                return null;
            }

            underWay = line.Happened switch
            {
                StageBegun e => underWay.SetItem(e.Host, e.Stage),
                StageEnded or HostEnded or HostFailed => underWay.Remove(line.Happened.Host),
                _ => underWay,
            };
        }

        return first is null ? null : new UnfinishedRun(first.Purpose ?? "", first.RunId ?? "", first.Time, underWay);
    }

    /// <summary>Removes what journals there are, after the deployment itself was removed.</summary>
    /// <param name="directory">The deployment directory; the caller holds its lock.</param>
    public static void Forget(string directory)
    {
        File.Delete(Path.Combine(directory, FileName));
        File.Delete(Path.Combine(directory, FileName + ".1"));
    }

    /// <inheritdoc/>
    public void Report(HostEvent value)
    {
        if (value is StageBegun or StageEnded or HostFailed or HostEnded or ResourceConverged { Action: not ResourceAction.None })
        {
            Write(new JournalLine { Happened = value });
        }

        next?.Report(value);
    }

    /// <summary>The run came to its end, well or not: nothing was broken off.</summary>
    public void End() => Write(new JournalLine { Ended = true });

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    // The last line of a killed run may be cut short.
    private static JournalLine? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, JournalJson.Default.JournalLine);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Write(JournalLine line)
    {
        file.Write([.. JsonSerializer.SerializeToUtf8Bytes(line with { Time = clock.GetUtcNow() }, JournalJson.Default.JournalLine), (byte)'\n']);
        file.Flush();
    }
}

internal sealed record JournalLine
{
    public DateTimeOffset Time { get; init; }

    public string? Purpose { get; init; }

    public string? RunId { get; init; }

    public HostEvent? Happened { get; init; }

    public bool Ended { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(JournalLine))]
internal sealed partial class JournalJson : JsonSerializerContext;
