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
    private static readonly Histogram<double> OperationDuration = Meter.CreateHistogram<double>(
        "messaging.client.operation.duration", "s", "Duration of sending, including a call's wait for its reply.");
    private static readonly Histogram<double> ProcessDuration = Meter.CreateHistogram<double>(
        "messaging.process.duration", "s", "Duration of running a method or a notification's handlers.");

    private readonly Activity? activity;
    private readonly Histogram<double>? histogram;
    private readonly long started;
    private readonly string system;
    private readonly string operation;
    private readonly string destination;
    private string? errorType;

    private MessagingSpan(
        Transport transport, Histogram<double> histogram, ActivityKind kind, string operation, string destination, string? messageId)
    {
        system = transport.Url.Driver is "rabbit" or "kombu" ? "rabbitmq" : transport.Url.Driver;
        this.operation = operation;
        this.destination = destination;
        this.histogram = histogram.Enabled ? histogram : null;
        started = this.histogram is null ? 0 : Stopwatch.GetTimestamp();
        if (Source.HasListeners())
        {
            activity = Source.StartActivity(destination.Length == 0 ? operation : $"{operation} {destination}", kind);
            activity?.SetTag("messaging.system", system);
            activity?.SetTag("messaging.operation.name", operation);
            activity?.SetTag("messaging.destination.name", destination);
            activity?.SetTag("messaging.message.id", messageId);
        }
    }

    public static MessagingSpan? StartCall(Transport transport, OutgoingRequest request) =>
        Start(transport, OperationDuration, ActivityKind.Client, "call", request.Target.Topic, null);

    public static MessagingSpan? StartCast(Transport transport, OutgoingRequest request) =>
        Start(transport, OperationDuration, ActivityKind.Producer, "cast", request.Target.Topic, null);

    public static MessagingSpan? StartNotify(Transport transport, OutgoingNotification notification) =>
        Start(transport, OperationDuration, ActivityKind.Producer, "notify", notification.Target.Topic, notification.MessageId);

    public static MessagingSpan? StartProcess(Transport transport, Target target, IncomingRequest request) => Start(
        transport, ProcessDuration, request.ExpectsReply ? ActivityKind.Server : ActivityKind.Consumer, "process", target.Topic, null);

    public static MessagingSpan? StartHandle(Transport transport, IncomingNotification notification) =>
        IsOn(ProcessDuration)
            ? Start(transport, ProcessDuration, ActivityKind.Consumer, "process", notification.Topic, notification.Fields.MessageId)
            : null;

    public static MessagingSpan? StartHandleBatch(Transport transport, IReadOnlyList<IncomingNotification> batch)
    {
        if (!IsOn(ProcessDuration))
        {
            return null;
        }

        string[] topics = [.. batch.Select(notification => notification.Topic).Distinct()];
        MessagingSpan? span = Start(
            transport, ProcessDuration, ActivityKind.Consumer, "process", topics.Length == 1 ? topics[0] : null, null);
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
        histogram?.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, Tags());
        activity?.Dispose();
    }

    private static MessagingSpan? Start(
        Transport transport, Histogram<double> histogram, ActivityKind kind, string operation, string? topic, string? messageId) =>
        IsOn(histogram)
            ? new MessagingSpan(transport, histogram, kind, operation, topic ?? "", messageId)
            : null;

    private static bool IsOn(Histogram<double> histogram) => histogram.Enabled || Source.HasListeners();

    private TagList Tags()
    {
        var tags = new TagList
        {
            { "messaging.system", system },
            { "messaging.operation.name", operation },
            { "messaging.destination.name", destination },
        };
        if (errorType is not null)
        {
            tags.Add("error.type", errorType);
        }

        return tags;
    }
}
