using System.Collections.Concurrent;
using System.Threading.Channels;
using Twinbus.Messaging.Drivers;

namespace Twinbus.Messaging.InMemory;

/// <summary>One message in a queue: its body, as it would be on a wire, the key that it was sent by, its trace, its deliveries.</summary>
internal sealed class InMemoryMessage(byte[] body, InMemoryQueue queue, string key, TraceContext trace, int deliveries = 0)
{
    private int settled;

    public byte[] Body => body;

    public InMemoryQueue Queue => queue;

    public string Key => key;

    public TraceContext Trace => trace;

    /// <summary>How often it was delivered before.</summary>
    public int Deliveries => deliveries;

    /// <summary>It is done with: acknowledged or refused. Only the first time counts.</summary>
    public void Settle()
    {
        if (Interlocked.Exchange(ref settled, 1) == 0)
        {
            queue.Settled();
        }
    }

    /// <summary>Settles it and puts it back.</summary>
    public ValueTask RequeueAsync(CancellationToken cancellationToken)
    {
        Settle();
        return queue.PutAsync(new InMemoryMessage(body, queue, key, trace, deliveries + 1), cancellationToken);
    }
}

/// <summary>A queue, bounded: a publisher waits when it is full.</summary>
internal sealed class InMemoryQueue(string name)
{
    private const int Capacity = 100_000;

    private readonly Channel<InMemoryMessage> channel = Channel.CreateBounded<InMemoryMessage>(Capacity);
    private int unsettled;

    public string Name { get; } = name;

    /// <summary>Messages that were handed out and are not settled.</summary>
    public int Unsettled => Volatile.Read(ref unsettled);

    /// <summary>Messages that nobody has taken.</summary>
    public int Ready => channel.Reader.Count;

    public async ValueTask<InMemoryMessage> TakeAsync(CancellationToken cancellationToken)
    {
        InMemoryMessage message = await channel.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        Interlocked.Increment(ref unsettled);
        return message;
    }

    public ValueTask PutAsync(InMemoryMessage message, CancellationToken cancellationToken) => channel.Writer.WriteAsync(message, cancellationToken);

    public void Settled() => Interlocked.Decrement(ref unsettled);
}

/// <summary>The queues and their bindings, as a topic exchange and a fanout exchange would have them.</summary>
internal sealed class InMemoryBus
{
    private readonly ConcurrentDictionary<string, InMemoryQueue> queues = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Exchange, string Key), ConcurrentDictionary<InMemoryQueue, bool>> bindings = new();
    private readonly ConcurrentDictionary<string, Action<byte[]>> replyQueues = new(StringComparer.Ordinal);

    /// <summary>All queues.</summary>
    public IEnumerable<InMemoryQueue> Queues => queues.Values;

    /// <summary>The queues of replies.</summary>
    public IEnumerable<string> ReplyQueues => replyQueues.Keys;

    /// <summary>The queue of this name, made when it is missing.</summary>
    public InMemoryQueue Queue(string name) => queues.GetOrAdd(name, static name => new InMemoryQueue(name));

    /// <summary>The queue of this name, made when it is missing, bound to the key.</summary>
    public InMemoryQueue Bind(string name, string exchange, string key)
    {
        InMemoryQueue queue = Queue(name);
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
    public async ValueTask<bool> PublishAsync(string exchange, string key, byte[] body, TraceContext trace, CancellationToken cancellationToken)
    {
        if (!bindings.TryGetValue((exchange, key), out var bound) || bound.IsEmpty)
        {
            return false;
        }

        foreach ((InMemoryQueue queue, _) in bound)
        {
            await queue.PutAsync(new InMemoryMessage(body, queue, key, trace), cancellationToken).ConfigureAwait(false);
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
