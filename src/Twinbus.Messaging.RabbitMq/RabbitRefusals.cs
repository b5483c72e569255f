using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>What a broker means by the code and the words that it closes a channel or a connection with.</summary>
internal static class RabbitRefusals
{
    /// <summary>The error of a refusal: what it is about, in the broker's own words, and what to do; null when it is none.</summary>
    public static MessagingException? Of(string endpoint, string what, ShutdownEventArgs reason, Exception? error)
    {
        string words = Words(reason);
        return reason.ReplyCode switch
        {
            Constants.PreconditionFailed when IsLateAcknowledgement(reason.ReplyText) => New(
                MessagingErrorReason.Rejected,
                $"it closed the channel since a message was not acknowledged within its consumer_timeout ({words}). What was not acknowledged "
                + "comes again. Let handlers end sooner, run more of them at once (MaxConcurrency), or lower the Prefetch."),
            Constants.PreconditionFailed when reason.ReplyText.Contains("delivery tag", StringComparison.Ordinal) => New(
                MessagingErrorReason.Rejected, $"it closed the channel over an acknowledgement ({words}). What was not acknowledged comes again."),
            Constants.PreconditionFailed when reason.ReplyText.Contains("limit in vhost", StringComparison.Ordinal) => New(
                MessagingErrorReason.Refused, $"a limit is reached ({words}). Raise the limit, or remove what is not used."),
            Constants.PreconditionFailed => New(
                MessagingErrorReason.DeclarationConflict,
                $"it has this exchange or queue with other arguments, or cannot do with one of them ({words}). All services on a bus must agree on "
                + "durable, auto-delete and quorum; change the options, or delete it so that it is declared anew."),
            Constants.AccessRefused => New(
                MessagingErrorReason.OperationRefused, $"it does not permit it ({words}). Check the user's permissions in the virtual host."),
            Constants.NotFound => New(MessagingErrorReason.Undeliverable, $"it has no such exchange or queue, or cannot reach it ({words})."),
            Constants.ResourceLocked => New(
                MessagingErrorReason.Refused,
                $"another connection has this queue for itself ({words}). Choose another name, or end the one who has it."),
            Constants.NotAllowed or Constants.NotImplemented => New(
                MessagingErrorReason.Refused, $"it does not do that ({words}). Check the options against what this release of RabbitMQ can do."),
            Constants.InternalError when IsFeatureDenied(reason.ReplyText) => New(
                MessagingErrorReason.Refused,
                $"it does not permit a kind of queue that is asked for ({words}). "
                + (reason.ReplyText.Contains("transient_nonexcl_queues", StringComparison.Ordinal)
                    ? "Reply and fanout queues are such unless rabbit_transient_quorum_queue=true, topics' queues unless rabbit_quorum_queue=true or "
                      + "amqp_durable_queues=true: set them for every service on this bus, or permit the feature in rabbitmq.conf: "
                      + "deprecated_features.permit.transient_nonexcl_queues = true."
                    : "Permit it in rabbitmq.conf (deprecated_features.permit.NAME = true), or change the options.")),
            Constants.InternalError or Constants.ResourceError => New(
                MessagingErrorReason.Rejected,
                $"it could not do it ({words}). Its log says more: a node that has lost its cluster is like that."),
            Constants.ConnectionForced => new TransportConnectionException(
                MessagingErrorReason.ConnectionLost, endpoint, $"{what}: RabbitMQ at {endpoint} closed the connection ({words}).", error),
            _ => null,
        };

        MessageDeliveryException New(MessagingErrorReason kind, string why) => new(kind, $"{what}: RabbitMQ at {endpoint} refuses: {why}", error);
    }

    /// <summary>Whether another host may do what this one refused, or did not answer to, on a connection that stood.</summary>
    public static bool MaySucceedElsewhere(Exception error) => error switch
    {
        TimeoutException or OperationCanceledException => true,
        OperationInterruptedException { ShutdownReason: { } reason } => reason.ReplyCode
            is (Constants.InternalError or Constants.ResourceError or Constants.ConnectionForced) && !IsFeatureDenied(reason.ReplyText),
        _ => false,
    };

    // RabbitMQ 4 refuses what it has deprecated, or what its configuration forbids, as an internal error.
    private static bool IsFeatureDenied(string text) => text.Contains("is deprecated", StringComparison.Ordinal);

    private static bool IsLateAcknowledgement(string text) => text.Contains("delivery acknowledgement", StringComparison.Ordinal);

    // In one line: the words go into logs.
    private static string Words(ShutdownEventArgs reason) => $"{reason.ReplyCode} {string.Join(' ', reason.ReplyText.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))}";
}
