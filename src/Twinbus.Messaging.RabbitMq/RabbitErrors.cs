using System.Net.Sockets;
using System.Security.Authentication;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>Turns the client library's errors into this library's: what, where, why, and what to do next.</summary>
internal static class RabbitErrors
{
    /// <summary>Whether an error is one of the client library or of the network below it.</summary>
    public static bool IsFromClient(Exception error) => error
        is RabbitMQClientException or IOException or SocketException or TimeoutException or OperationInterruptedException
        or ObjectDisposedException or AuthenticationException
        || (error is OperationCanceledException && error.InnerException is TimeoutException);

    /// <summary>Why a host could not be connected to.</summary>
    public static TransportConnectionException Connecting(TransportHost host, string virtualHost, Exception error)
    {
        string endpoint = host.Endpoint;
        string user = host.Username ?? "guest";
        foreach (Exception cause in Causes(error))
        {
            switch (cause)
            {
                case AuthenticationFailureException or PossibleAuthenticationFailureException:
                    return New(
                        MessagingErrorReason.AccessRefused,
                        $"RabbitMQ at {endpoint} refuses user '{user}': the user does not exist or the password is wrong.");
                case OperationInterruptedException { ShutdownReason.ReplyCode: Constants.NotAllowed } refused:
                    return New(
                        MessagingErrorReason.VirtualHostRefused,
                        $"RabbitMQ at {endpoint} refuses virtual host '{virtualHost}' to user '{user}': it does not exist, or the "
                        + $"user has no permission there. The broker says: {refused.ShutdownReason?.ReplyText}");
                case OperationInterruptedException { ShutdownReason.ReplyCode: Constants.AccessRefused } refused:
                    return New(
                        MessagingErrorReason.AccessRefused,
                        $"RabbitMQ at {endpoint} refuses user '{user}'. The broker says: {refused.ShutdownReason?.ReplyText}");
                case CertificateRefusedException refused:
                    return New(
                        MessagingErrorReason.TlsFailure,
                        $"No TLS with {endpoint}: {refused.Message}. Check the CA file and the certificate: its names, its key and how it is signed.");
                case AuthenticationException tls:
                    return New(
                        MessagingErrorReason.TlsFailure,
                        $"No TLS with {endpoint}: what comes back is no TLS, or it asks for a certificate or a version that we have not "
                        + $"({tls.Message.TrimEnd('.')}). Check that this port speaks TLS.");
                case SocketException socket:
                    return FromSocket(socket);
            }
        }

        foreach (Exception cause in Causes(error))
        {
            switch (cause)
            {
                case TimeoutException or OperationCanceledException:
                    return New(
                        MessagingErrorReason.Unreachable,
                        $"{endpoint} does not answer as RabbitMQ in time: is it another service, or a port that wants TLS?");
                case ProtocolVersionMismatchException or PacketNotRecognizedException or MalformedFrameException
                    or EndOfStreamException or IOException:
                    return New(
                        MessagingErrorReason.ConnectionLost,
                        $"{endpoint} closed the connection while it was being made: is it AMQP 0-9-1, and does the port want TLS?");
            }
        }

        return New(MessagingErrorReason.Unreachable, $"No connection to RabbitMQ at {endpoint}: {error.Message}");

        TransportConnectionException New(MessagingErrorReason reason, string message) => new(reason, endpoint, message, error);

        TransportConnectionException FromSocket(SocketException socket) => socket.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => New(
                MessagingErrorReason.ConnectionRefused,
                $"Nothing listens at {endpoint}: is the broker running, and is this its port?"),
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => New(
                MessagingErrorReason.HostNotFound, $"The host name of {endpoint} is unknown: check its spelling and DNS."),
            SocketError.ConnectionReset => New(
                MessagingErrorReason.ConnectionLost,
                $"{endpoint} closed the connection while it was being made: is it AMQP 0-9-1, and does the port want TLS?"),
            _ => New(
                MessagingErrorReason.Unreachable,
                $"{endpoint} cannot be reached ({socket.SocketErrorCode}): check the network and firewalls on the way."),
        };
    }

    /// <summary>Why an operation on a channel failed.</summary>
    public static MessagingException Operating(string endpoint, string what, Exception error) => error switch
    {
        MessagingException known => known,
        OperationInterruptedException { ShutdownReason: { } reason } => Closed(endpoint, what, reason, error),
        TimeoutException or OperationCanceledException => new TransportConnectionException(
            MessagingErrorReason.Unreachable, endpoint, $"{what}: {endpoint} did not answer in time.", error),
        _ => new TransportConnectionException(
            MessagingErrorReason.ConnectionLost, endpoint, $"{what}: the connection to {endpoint} was lost ({error.Message}).", error),
    };

    /// <summary>Why the broker closed a channel or a connection.</summary>
    public static MessagingException Closed(string endpoint, string what, ShutdownEventArgs reason, Exception? error = null) =>
        RabbitRefusals.Of(endpoint, what, reason, error) ?? new TransportConnectionException(
            MessagingErrorReason.ConnectionLost,
            endpoint,
            $"{what}: the connection to {endpoint} was lost ({reason.ReplyCode} {reason.ReplyText}).",
            error ?? reason.Exception);

    private static IEnumerable<Exception> Causes(Exception error)
    {
        for (Exception? cause = error; cause is not null; cause = cause.InnerException)
        {
            if (cause is AggregateException several)
            {
                foreach (Exception one in several.InnerExceptions.SelectMany(Causes))
                {
                    yield return one;
                }

                yield break;
            }

            yield return cause;
        }
    }
}
