namespace Twinbus.Messaging;

/// <summary>The priorities of notifications; each has a queue of its own, <c>topic.priority</c>.</summary>
public enum NotificationPriority
{
    /// <summary>For the record.</summary>
    Audit,

    /// <summary>For developers.</summary>
    Debug,

    /// <summary>The usual one.</summary>
    Info,

    /// <summary>Something may be wrong.</summary>
    Warn,

    /// <summary>Something failed.</summary>
    Error,

    /// <summary>Something failed that others depend on.</summary>
    Critical,

    /// <summary>A measurement.</summary>
    Sample,
}

/// <summary>The names of priorities.</summary>
public static class NotificationPriorityNames
{
    private static readonly string[] Upper = ["AUDIT", "DEBUG", "INFO", "WARN", "ERROR", "CRITICAL", "SAMPLE"];
    private static readonly string[] Lower = ["audit", "debug", "info", "warn", "error", "critical", "sample"];

    /// <summary>The name in the message's body: upper case.</summary>
    public static string WireName(this NotificationPriority priority) => Upper[(int)priority];

    /// <summary>The name in queues and routing keys: lower case.</summary>
    public static string QueueName(this NotificationPriority priority) => Lower[(int)priority];

    /// <summary>Reads a name in any case; <c>warning</c> is <c>warn</c>.</summary>
    public static bool TryParse(string? name, out NotificationPriority priority)
    {
        for (int i = 0; i < Lower.Length; i++)
        {
            if (string.Equals(name, Lower[i], StringComparison.OrdinalIgnoreCase))
            {
                priority = (NotificationPriority)i;
                return true;
            }
        }

        priority = NotificationPriority.Warn;
        return string.Equals(name, "warning", StringComparison.OrdinalIgnoreCase);
    }
}
