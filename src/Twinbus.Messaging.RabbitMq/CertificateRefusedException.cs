using System.Security.Authentication;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>The broker's certificate is refused, with the reason as a phrase.</summary>
internal sealed class CertificateRefusedException(string reason) : AuthenticationException(reason);
