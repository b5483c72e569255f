using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using RabbitMQ.Client;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>The properties of every message that the original sends; only a call's expiration differs.</summary>
internal static class RabbitProperties
{
    private const int MaxCached = 256;

    private static readonly ConcurrentDictionary<long, BasicProperties> Expiring = new();

    /// <summary>Of a cast, a reply or a notification.</summary>
    public static BasicProperties Plain { get; } = Make(null);

    /// <summary>Of a call: the broker drops it when nobody waits any more.</summary>
    public static BasicProperties For(TimeSpan timeout)
    {
        long milliseconds = (long)timeout.TotalMilliseconds;
        if (Expiring.TryGetValue(milliseconds, out BasicProperties? cached))
        {
            return cached;
        }

        BasicProperties made = Make(milliseconds.ToString(CultureInfo.InvariantCulture));
        return Expiring.Count < MaxCached ? Expiring.GetOrAdd(milliseconds, made) : made;
    }

    private static BasicProperties Make(string? expiration)
    {
        var properties = new BasicProperties
        {
            ContentType = "application/json",
            ContentEncoding = "utf-8",
            Headers = NoHeaders.Instance,
            DeliveryMode = DeliveryModes.Persistent,
            Priority = 0,
        };
        if (expiration is not null)
        {
            properties.Expiration = expiration;
        }

        return properties;
    }

    /// <summary>
    /// The empty table that stands on the wire. The client library would write trace headers into it when somebody listens
    /// to its own tracing; these properties are shared, and peers of the original expect none.
    /// </summary>
    private sealed class NoHeaders : IDictionary<string, object?>
    {
        public static NoHeaders Instance { get; } = new();

        public ICollection<string> Keys => [];

        public ICollection<object?> Values => [];

        public int Count => 0;

        public bool IsReadOnly => true;

        public object? this[string key]
        {
            get => null;
            set { }
        }

        public void Add(string key, object? value)
        {
        }

        public void Add(KeyValuePair<string, object?> item)
        {
        }

        public void Clear()
        {
        }

        public bool Contains(KeyValuePair<string, object?> item) => false;

        public bool ContainsKey(string key) => false;

        public void CopyTo(KeyValuePair<string, object?>[] array, int arrayIndex)
        {
        }

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() =>
            Enumerable.Empty<KeyValuePair<string, object?>>().GetEnumerator();

        public bool Remove(string key) => false;

        public bool Remove(KeyValuePair<string, object?> item) => false;

        public bool TryGetValue(string key, out object? value)
        {
            value = null;
            return false;
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
