using System.Globalization;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>A process group and when its leader started, by which a restarted one is told from the one before.</summary>
internal readonly record struct RunningGroup(int Id, long StartTime)
{
    // Counted from 1, as proc(5) does: the process group and the start time.
    private const int GroupField = 5;
    private const int StartTimeField = 22;

    /// <summary>This process's group; the process itself when its group's leader is not to be seen from here.</summary>
    public static RunningGroup Own()
    {
        int id = (int)(Field("self", GroupField) ?? 0);
        return id > 0 && Field(id.ToString(CultureInfo.InvariantCulture), StartTimeField) is { } started
            ? new RunningGroup(id, started)
            : new RunningGroup(Environment.ProcessId, Field("self", StartTimeField) ?? 0);
    }

    /// <summary>Whether it still runs, and is not another one with the same number.</summary>
    public bool IsAlive() => Id > 0 && Field(Id.ToString(CultureInfo.InvariantCulture), StartTimeField) == StartTime;

    private static long? Field(string process, int number)
    {
        string text;
        try
        {
            text = File.ReadAllText($"/proc/{process}/stat");
        }
        catch (IOException)
        {
            // There is no such process, or it ended while it was read.
            return null;
        }

        // The second field is a name in parentheses, which may have blanks and parentheses in it.
        string[] fields = text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > number - 3 && long.TryParse(fields[number - 3], CultureInfo.InvariantCulture, out long value) ? value : null;
    }
}
