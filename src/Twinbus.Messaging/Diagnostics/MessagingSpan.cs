using System.Diagnostics;
using System.Diagnostics.Metrics;
using Twinbus.Messaging.Drivers;

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
        Transport transport, Operation operation, ActivityKind kind, string name, string destination, string? messageId, int messages)
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
            activity = Source.StartActivity(destination.Length == 0 ? name : $"{name} {destination}", kind);
            activity?.SetTag("messaging.system", system);
            activity?.SetTag("messaging.operation.name", name);
            activity?.SetTag("messaging.operation.type", operation.Type);
            activity?.SetTag("messaging.destination.name", destination);
            activity?.SetTag("messaging.message.id", messageId);
            activity?.SetTag("server.address", server?.Host);
            activity?.SetTag("server.port", server?.Port);
        }
    }

    public static MessagingSpan? StartCall(Transport transport, OutgoingRequest request) =>
        Start(transport, Send, ActivityKind.Client, "call", request.Target.Topic, null);

    public static MessagingSpan? StartCast(Transport transport, OutgoingRequest request) =>
        Start(transport, Send, ActivityKind.Producer, "cast", request.Target.Topic, null);

    public static MessagingSpan? StartNotify(Transport transport, OutgoingNotification notification) =>
        Start(transport, Send, ActivityKind.Producer, "notify", notification.Target.Topic, notification.MessageId);

    public static MessagingSpan? StartProcess(Transport transport, Target target, IncomingRequest request) => Start(
        transport, Process, request.ExpectsReply ? ActivityKind.Server : ActivityKind.Consumer, "process", target.Topic, null);

    public static MessagingSpan? StartHandle(Transport transport, IncomingNotification notification) =>
        IsOn(Process)
            ? Start(transport, Process, ActivityKind.Consumer, "process", notification.Topic, notification.Fields.MessageId)
            : null;

    public static MessagingSpan? StartHandleBatch(Transport transport, IReadOnlyList<IncomingNotification> batch)
    {
        if (!IsOn(Process))
        {
            return null;
        }

        string[] topics = [.. batch.Select(notification => notification.Topic).Distinct()];
        MessagingSpan? span = Start(
            transport, Process, ActivityKind.Consumer, "process", topics.Length == 1 ? topics[0] : null, null, batch.Count);
        span?.activity?.SetTag("messaging.batch.message_count", batch.Count);
        return span;
    }

    public void Failed(Exception error)
    {
        errorType = error.GetType().FullName;
        activity?.SetStatus(ActivityStatusCode.Error, error.Message);
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

    private static MessagingSpan? Start(
        Transport transport, Operation operation, ActivityKind kind, string name, string? topic, string? messageId, int messages = 1) =>
        IsOn(operation) ? new MessagingSpan(transport, operation, kind, name, topic ?? "", messageId, messages) : null;

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
