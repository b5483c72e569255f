namespace Twinbus.Messaging.RabbitMq;

/// <summary>How large a message the broker takes, as far as it has shown: it does not tell before it refuses one.</summary>
internal sealed class MessageSizes
{
    // Nobody sets a limit as low as that; below it no message is held back for the sake of others.
    private const int Harmless = 64 * 1024;

    private long max = long.MaxValue;
    private int largestTaken = Harmless;

    /// <summary>The largest that it takes, in bytes; without a limit as long as none is known.</summary>
    public long Max => Volatile.Read(ref max);

    /// <summary>Whether one of this size may be the first that is refused.</summary>
    public bool IsNew(int size) => size > Volatile.Read(ref largestTaken);

    /// <summary>The broker took one of this size.</summary>
    public void Took(int size)
    {
        if (size > largestTaken)
        {
            Volatile.Write(ref largestTaken, size);
        }
    }

    /// <summary>The broker refused one, and said which it would take.</summary>
    public void Refused(long limit) => Volatile.Write(ref max, limit);

    /// <summary>Another connection: its broker may be another one, or have got another limit since.</summary>
    public void Forget()
    {
        Volatile.Write(ref max, long.MaxValue);
        Volatile.Write(ref largestTaken, Harmless);
    }
}
