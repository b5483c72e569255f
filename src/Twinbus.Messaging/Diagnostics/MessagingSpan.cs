using System.Diagnostics;
using System.Diagnostics.Metrics;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.Diagnostics;

/// <summary>
/// One messaging operation for traces and metrics, in OpenTelemetry's messaging names. Null, and so without
/// cost, when nobody listens.
/// </summary>
internal sealed class MessagingSpan : IDisposable
{
    /// <summary>The name of the activity source and of the meter.</summary>
    public const string SourceName = "Twinbus.Messaging";

    private static readonly ActivitySource Source = new(SourceName);
    private static readonly Meter Meter = new(SourceName);

    // Those that the conventions name; a collector's own are for milliseconds, and would put everything into the first.
    private static readonly InstrumentAdvice<double> Buckets = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    };

    private static readonly Operation Send = new(
        "send",
        Meter.CreateHistogram(
            "messaging.client.operation.duration", "s", "Duration of sending, including a call's wait for its reply.", tags: null, Buckets),
        Meter.CreateCounter<long>("messaging.client.sent.messages", "{message}", "Requests and notifications that were to be sent."));

    private static readonly Operation Process = new(
        "process",
        Meter.CreateHistogram(
            "messaging.process.duration", "s", "Duration of running a method or a notification's handlers.", tags: null, Buckets),
        Meter.CreateCounter<long>("messaging.client.consumed.messages", "{message}", "Requests and notifications handed to their handlers."));

    private readonly Activity? activity;
    private readonly Operation operation;
    private readonly long started;
    private readonly string system;
    private readonly string name;
    private readonly string destination;
    private readonly int messages;
    private readonly TransportHost? server;
    private string? errorType;

    private MessagingSpan(
        Transport transport,
        Operation operation,
        ActivityKind kind,
        string name,
        string destination,
        string? messageId,
        int messages,
        ActivityContext parent,
        IEnumerable<ActivityLink>? links)
    {
        system = transport.Url.Driver is "rabbit" or "kombu" ? "rabbitmq" : transport.Url.Driver;
        this.operation = operation;
        this.name = name;
        this.messages = messages;

        // Of several hosts it is not known here which one it went to.
        server = transport.Url.Hosts is [var only] ? only : null;
        this.destination = destination;
        started = Stopwatch.GetTimestamp();
        if (Source.HasListeners())
        {
            string title = destination.Length == 0 ? name : $"{name} {destination}";
            activity = Source.StartActivity(title, kind, parent, tags: null, links);
            activity?.SetTag("messaging.system", system);
            activity?.SetTag("messaging.operation.name", name);
            activity?.SetTag("messaging.operation.type", operation.Type);
            activity?.SetTag("messaging.destination.name", destination);
            activity?.SetTag("messaging.message.id", messageId is null ? null : MessageText.Name(messageId));
            activity?.SetTag("server.address", server?.Host);
            activity?.SetTag("server.port", server?.Port);
        }
    }

    /// <summary>Whether anybody wants to know of what is sent.</summary>
    public static bool SendingIsObserved => IsOn(Send);

    public static MessagingSpan StartCall(Transport transport, OutgoingRequest request) =>
        StartSend(transport, ActivityKind.Client, "call", request.Target.Topic, null, trace => request.Trace = trace);

    public static MessagingSpan StartCast(Transport transport, OutgoingRequest request) =>
        StartSend(transport, ActivityKind.Producer, "cast", request.Target.Topic, null, trace => request.Trace = trace);

    public static MessagingSpan StartNotify(Transport transport, OutgoingNotification notification) => StartSend(
        transport, ActivityKind.Producer, "notify", notification.Target.Topic, notification.MessageId, trace => notification.Trace = trace);

    /// <summary>A request that is served: part of its caller's trace.</summary>
    public static MessagingSpan? StartProcess(Transport transport, Target target, IncomingRequest request) => StartProcessing(
        transport, request.ExpectsReply ? ActivityKind.Server : ActivityKind.Consumer, target.Topic, null, 1, request.Trace.ToActivityContext());

    /// <summary>A notification that is handled: part of its publisher's trace.</summary>
    public static MessagingSpan? StartHandle(Transport transport, IncomingNotification notification) =>
        IsOn(Process)
            ? StartProcessing(
                transport, ActivityKind.Consumer, notification.Topic, notification.Fields.MessageId, 1, notification.Trace.ToActivityContext())
            : null;

    /// <summary>A batch that is handled: it has several publishers, whose traces it is linked to.</summary>
    public static MessagingSpan? StartHandleBatch(Transport transport, IReadOnlyList<IncomingNotification> batch)
    {
        if (!IsOn(Process))
        {
            return null;
        }

        string[] topics = [.. batch.Select(notification => notification.Topic).Distinct()];
        ActivityLink[] links =
        [
            .. batch.Select(notification => notification.Trace.ToActivityContext()).Where(context => context != default)
                .Select(context => new ActivityLink(context)),
        ];
        MessagingSpan? span = StartProcessing(
            transport, ActivityKind.Consumer, topics.Length == 1 ? topics[0] : null, null, batch.Count, default, links);
        span?.activity?.SetTag("messaging.batch.message_count", batch.Count);
        return span;
    }

    public void Failed(Exception error)
    {
        errorType = error.GetType().FullName;
        activity?.SetStatus(ActivityStatusCode.Error, MessageText.Sentence(error.Message));
        activity?.SetTag("error.type", errorType);
    }

    public void Dispose()
    {
        if (operation.IsMeasured)
        {
            TagList tags = Tags();
            operation.Duration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, tags);
            operation.Messages.Add(messages, tags);
        }

        activity?.Dispose();
    }

    private static MessagingSpan StartSend(
        Transport transport, ActivityKind kind, string name, string? topic, string? messageId, Action<TraceContext> carry)
    {
        var span = new MessagingSpan(transport, Send, kind, name, topic ?? "", messageId, 1, parent: default, links: null);

        // Its own span's, or, when nobody samples that, the one that it was begun in.
        carry(TraceContext.Current);
        return span;
    }

    private static MessagingSpan? StartProcessing(
        Transport transport,
        ActivityKind kind,
        string? topic,
        string? messageId,
        int messages,
        ActivityContext parent,
        IEnumerable<ActivityLink>? links = null)
    {
        if (!IsOn(Process))
        {
            return null;
        }

        // Without a parent in the message it begins a trace: what happens to be current here belongs to somebody else.
        Activity.Current = null;
        return new MessagingSpan(transport, Process, kind, "process", topic ?? "", messageId, messages, parent, links);
    }

    private static bool IsOn(Operation operation) => operation.IsMeasured || Source.HasListeners();

    private TagList Tags()
    {
        var tags = new TagList
        {
            { "messaging.system", system },
            { "messaging.operation.name", name },
            { "messaging.operation.type", operation.Type },
            { "messaging.destination.name", destination },
        };
        if (server?.Host is { } host)
        {
            tags.Add("server.address", host);
        }

        if (server?.Port is { } port)
        {
            tags.Add("server.port", port);
        }

        if (errorType is not null)
        {
            tags.Add("error.type", errorType);
        }

        return tags;
    }

    /// <summary>What is measured of the operations of one type.</summary>
    private sealed record Operation(string Type, Histogram<double> Duration, Counter<long> Messages)
    {
        public bool IsMeasured => Duration.Enabled || Messages.Enabled;
    }
}
