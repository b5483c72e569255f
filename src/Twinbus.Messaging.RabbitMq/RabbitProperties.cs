using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using RabbitMQ.Client;
using Twinbus.Messaging.Drivers;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>The properties of every message that the original sends; only a call's expiration differs.</summary>
internal static class RabbitProperties
{
    private const int MaxCached = 256;
    private const int LongestTrace = 512;
    private const string DeliveryCount = "x-delivery-count";

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

    /// <summary>Of a cast, a reply or a notification, in a trace.</summary>
    public static BasicProperties Of(RabbitCompression compression, in TraceContext trace) =>
        trace.IsEmpty ? Of(compression) : Make(null, compression, trace);

    /// <summary>Of a call, in a trace.</summary>
    public static BasicProperties For(TimeSpan timeout, RabbitCompression compression, in TraceContext trace) => trace.IsEmpty
        ? For(timeout, compression)
        : Make(((long)timeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture), compression, trace);

    /// <summary>The trace that a message belongs to; empty when it does not say so in texts.</summary>
    public static TraceContext TraceOf(IReadOnlyBasicProperties properties) =>
        properties.Headers is { Count: > 0 } headers && Text(headers, TraceContext.ParentName) is { } parent
            ? new(parent, Text(headers, TraceContext.StateName))
            : default;

    /// <summary>
    /// How often a message was delivered before. A quorum queue counts in a header, which is the sender's to write elsewhere: it is
    /// believed only of a message that comes again.
    /// </summary>
    public static int DeliveriesOf(in RabbitDelivery delivery)
    {
        if (!delivery.Redelivered)
        {
            return 0;
        }

        object? count = null;
        delivery.Properties.Headers?.TryGetValue(DeliveryCount, out count);
        return count is long or int or short or byte or sbyte or ushort or uint
            ? (int)Math.Clamp(Convert.ToInt64(count, CultureInfo.InvariantCulture), 1, int.MaxValue)
            : 1;
    }

    private static string? Text(IDictionary<string, object?> headers, string name) =>
        headers.TryGetValue(name, out object? value) && value is byte[] { Length: <= LongestTrace } text ? Encoding.UTF8.GetString(text) : null;

    private static BasicProperties Make(string? expiration, RabbitCompression compression, in TraceContext trace = default)
    {
        var properties = new BasicProperties
        {
            ContentType = "application/json",
            ContentEncoding = "utf-8",
            Headers = FixedHeaders.Of(compression, trace),
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
    /// The table that stands on the wire, empty or with the compression and the trace. The client library would write trace headers into
    /// it when somebody listens to its own tracing; these properties are shared, and peers of the original expect none.
    /// </summary>
    private sealed class FixedHeaders(params KeyValuePair<string, object?>[] entries) : IDictionary<string, object?>
    {
        private static readonly FixedHeaders None = new();

        public static FixedHeaders Of(RabbitCompression compression, in TraceContext trace)
        {
            if (compression == RabbitCompression.None && trace.IsEmpty)
            {
                return None;
            }

            var entries = new List<KeyValuePair<string, object?>>(3);
            if (compression != RabbitCompression.None)
            {
                entries.Add(new("compression", RabbitContent.NameOf(compression)));
            }

            if (trace.Parent is { } parent)
            {
                entries.Add(new(TraceContext.ParentName, parent));
            }

            if (trace.State is { } state)
            {
                entries.Add(new(TraceContext.StateName, state));
            }

            return new FixedHeaders([.. entries]);
        }

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
