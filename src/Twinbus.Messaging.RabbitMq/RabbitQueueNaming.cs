using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>Names of the queues that one process alone uses: random, or the same after each restart.</summary>
internal sealed class RabbitQueueNaming(RabbitQueueNames? stable)
{
    private int count = (stable?.First ?? 0) - 1;

    public bool AreStable => stable is not null;

    public string Reply() => "reply_" + Suffix();

    public string Fanout(string topic) => $"{topic}_fanout_{Suffix()}";

    private string Suffix() => stable is null
        ? MessageId.Create().ToString()
        : $"{stable.Host}:{stable.Process}:{Interlocked.Increment(ref count)}";
}
