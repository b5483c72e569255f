using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using RabbitMQ.Client;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>The properties of every message that the original sends; only a call's expiration differs.</summary>
internal static class RabbitProperties
{
    private const int MaxCached = 256;

    private static readonly ConcurrentDictionary<(long Milliseconds, RabbitCompression Compression), BasicProperties> Expiring = new();
    private static readonly BasicProperties Plain = Make(null, RabbitCompression.None);
    private static readonly BasicProperties Zlib = Make(null, RabbitCompression.Gzip);
    private static readonly BasicProperties Bzip2 = Make(null, RabbitCompression.Bzip2);

    /// <summary>Of a cast, a reply or a notification.</summary>
    public static BasicProperties Of(RabbitCompression compression) => compression switch
    {
        RabbitCompression.None => Plain,
        RabbitCompression.Gzip => Zlib,
        _ => Bzip2,
    };

    /// <summary>Of a call: the broker drops it when nobody waits any more.</summary>
    public static BasicProperties For(TimeSpan timeout, RabbitCompression compression)
    {
        long milliseconds = (long)timeout.TotalMilliseconds;
        if (Expiring.TryGetValue((milliseconds, compression), out BasicProperties? cached))
        {
            return cached;
        }

        BasicProperties made = Make(milliseconds.ToString(CultureInfo.InvariantCulture), compression);
        return Expiring.Count < MaxCached ? Expiring.GetOrAdd((milliseconds, compression), made) : made;
    }

    private static BasicProperties Make(string? expiration, RabbitCompression compression)
    {
        var properties = new BasicProperties
        {
            ContentType = "application/json",
            ContentEncoding = "utf-8",
            Headers = FixedHeaders.Of(compression),
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
    /// The table that stands on the wire, empty or with the compression. The client library would write trace headers into
    /// it when somebody listens to its own tracing; these properties are shared, and peers of the original expect none.
    /// </summary>
    private sealed class FixedHeaders(params KeyValuePair<string, object?>[] entries) : IDictionary<string, object?>
    {
        public static FixedHeaders Of(RabbitCompression compression) => compression == RabbitCompression.None
            ? new FixedHeaders()
            : new FixedHeaders(KeyValuePair.Create("compression", (object?)RabbitContent.NameOf(compression)));

        public ICollection<string> Keys => [.. entries.Select(entry => entry.Key)];

        public ICollection<object?> Values => [.. entries.Select(entry => entry.Value)];

        public int Count => entries.Length;

        public bool IsReadOnly => true;

        public object? this[string key]
        {
            get => TryGetValue(key, out object? value) ? value : null;
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

        public bool Contains(KeyValuePair<string, object?> item) => entries.Contains(item);

        public bool ContainsKey(string key) => TryGetValue(key, out _);

        public void CopyTo(KeyValuePair<string, object?>[] array, int arrayIndex) => entries.CopyTo(array, arrayIndex);

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => entries.AsEnumerable().GetEnumerator();

        public bool Remove(string key) => false;

        public bool Remove(KeyValuePair<string, object?> item) => false;

        public bool TryGetValue(string key, out object? value)
        {
            foreach (KeyValuePair<string, object?> entry in entries)
            {
                if (entry.Key == key)
                {
                    value = entry.Value;
                    return true;
                }
            }

            value = null;
            return false;
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
