using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Twinbus.Messaging.InMemory;

/// <summary>One message in a queue: its body, as it would be on a wire, and the key that it was sent by.</summary>
internal sealed record InMemoryMessage(byte[] Body, InMemoryQueue Queue, string Key);

/// <summary>A queue, bounded: a publisher waits when it is full.</summary>
internal sealed class InMemoryQueue(string name)
{
    private const int Capacity = 100_000;

    private readonly Channel<InMemoryMessage> channel = Channel.CreateBounded<InMemoryMessage>(Capacity);

    public string Name { get; } = name;

    public ChannelReader<InMemoryMessage> Reader => channel.Reader;

    public ValueTask PutAsync(byte[] body, string key, CancellationToken cancellationToken) =>
        channel.Writer.WriteAsync(new InMemoryMessage(body, this, key), cancellationToken);
}

/// <summary>The queues and their bindings, as a topic exchange and a fanout exchange would have them.</summary>
internal sealed class InMemoryBus
{
    private readonly ConcurrentDictionary<string, InMemoryQueue> queues = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Exchange, string Key), ConcurrentDictionary<InMemoryQueue, bool>> bindings = new();
    private readonly ConcurrentDictionary<string, Action<byte[]>> replyQueues = new(StringComparer.Ordinal);

    /// <summary>The queue of this name, made when it is missing, bound to the key.</summary>
    public InMemoryQueue Bind(string name, string exchange, string key)
    {
        InMemoryQueue queue = queues.GetOrAdd(name, static name => new InMemoryQueue(name));
        bindings.GetOrAdd((exchange, key), static _ => new())[queue] = true;
        return queue;
    }

    /// <summary>Removes a queue and its bindings.</summary>
    public void Delete(InMemoryQueue queue)
    {
        queues.TryRemove(queue.Name, out _);
        foreach (var bound in bindings.Values)
        {
            bound.TryRemove(queue, out _);
        }
    }

    /// <summary>Puts the body into every queue bound to the key; false when there is none.</summary>
    public async ValueTask<bool> PublishAsync(string exchange, string key, byte[] body, CancellationToken cancellationToken)
    {
        if (!bindings.TryGetValue((exchange, key), out var bound) || bound.IsEmpty)
        {
            return false;
        }

        foreach ((InMemoryQueue queue, _) in bound)
        {
            await queue.PutAsync(body, key, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    public void AddReplyQueue(string name, Action<byte[]> receive) => replyQueues[name] = receive;

    public void RemoveReplyQueue(string name) => replyQueues.TryRemove(name, out _);

    /// <summary>Gives a reply to its queue; false when that is gone.</summary>
    public bool Reply(string queue, byte[] body)
    {
        if (!replyQueues.TryGetValue(queue, out Action<byte[]>? receive))
        {
            return false;
        }

        receive(body);
        return true;
    }
}
