using Twinbus.Hosts;

namespace Twinbus.Deployment.Certificates;

/// <summary>Guesses what a file is that is not the PEM it should be, so that the error can say so.</summary>
internal static class CustomCertificateKind
{
    private const char DerSequence = '\x30';

    /// <summary>A phrase such as <c>it is empty</c>; nothing of the content is in it.</summary>
    public static string WhatInstead(Secret content)
    {
        string text = content.Reveal();
        return text switch
        {
            "" => "it is empty",
            [DerSequence, ..] => "it is binary (DER or PKCS #12), which openssl x509 -inform DER or openssl pkcs12 turns into PEM",
            _ when text.Contains("-----BEGIN PUBLIC KEY-----", StringComparison.Ordinal) => "it holds a public key",
            _ when text.Contains("-----BEGIN CERTIFICATE REQUEST-----", StringComparison.Ordinal) => "it holds a request for a certificate, which a CA has yet to sign",
            _ when text.Contains("-----BEGIN ", StringComparison.Ordinal) => "no block of it is of that kind, or its block is cut short",
            _ => "it is not PEM",
        };
    }
}
