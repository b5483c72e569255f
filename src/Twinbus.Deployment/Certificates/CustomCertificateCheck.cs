using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Twinbus.Deployment.Model;
using Twinbus.Hosts;
using Twinbus.Messaging;

namespace Twinbus.Deployment.Certificates;

/// <summary>A custom certificate file and its key file.</summary>
internal sealed record CustomPair(CustomCertificateFile Certificate, CustomCertificateFile Key);

/// <summary>Checks custom files one by one and gathers what is wrong with them, each thing once.</summary>
internal sealed class CustomCertificateCheck(DateTimeOffset now)
{
    private const UnixFileMode Others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly List<CustomCertificateProblem> problems = [];

    public ImmutableArray<CustomCertificateProblem> Problems => [.. problems.Distinct()];

    /// <summary>The CAs in a file as PEM; null when there is no file or it is no good.</summary>
    public string? Authority(CustomCertificateFile? file)
    {
        if (file is null || Certificates(file, CustomCertificateRole.Authority) is not { } certificates)
        {
            return null;
        }

        using CertificateList list = certificates;
        foreach (X509Certificate2 certificate in list.Where(certificate => !IsAuthority(certificate)))
        {
            // Whoever trusts its own certificate needs no CA; that one is checked as a server's.
            if (!IsSelfSigned(certificate))
            {
                Report(
                    CustomCertificateRole.Authority,
                    $"{file.Path} holds a certificate that is no CA",
                    $"{certificate.Subject} may not sign certificates (its basic constraints do not say CA)",
                    "give the certificate of the CA that issued the server's, or of the one above it");
            }
        }

        CheckTime(list, file, CustomCertificateRole.Authority);
        return list.Pem;
    }

    public void AuthorityMissing(string because) => Report(
        CustomCertificateRole.Authority,
        "no file with the CA's certificate is given",
        $"{because}, and it is by that file that the broker knows a good certificate",
        "give the file, or turn that off");

    /// <summary>A member's pair when it is good; null and problems otherwise.</summary>
    public KeyedCertificate? Server(CustomPair pair, CustomCertificateFile? authority, LeafRequest wanted)
    {
        KeyedCertificate? server = Pair(pair, wanted, CustomCertificateRole.Certificate, CustomCertificateRole.Key);
        CheckChain(pair.Certificate, authority, CustomCertificateRole.Certificate);
        return server;
    }

    /// <summary>The pair that clients show when it is good; null and problems otherwise.</summary>
    public KeyedCertificate? Client(CustomPair pair, CustomCertificateFile? authority)
    {
        KeyedCertificate? client = ForeignClient(pair);
        CheckChain(pair.Certificate, authority, CustomCertificateRole.ClientCertificate);
        return client;
    }

    /// <summary>The same for an external broker: whose clients it trusts is known there only.</summary>
    public KeyedCertificate? ForeignClient(CustomPair pair) =>
        Pair(pair, new LeafRequest("", ServerNames.None, CertificatePurposes.Client), CustomCertificateRole.ClientCertificate, CustomCertificateRole.ClientKey);

    private KeyedCertificate? Pair(CustomPair pair, LeafRequest wanted, CustomCertificateRole role, CustomCertificateRole keyRole)
    {
        Secret? key = Key(pair.Key, keyRole);
        if (Certificates(pair.Certificate, role) is not { } certificates)
        {
            return null;
        }

        using CertificateList list = certificates;
        X509Certificate2 leaf = list[0];
        KeyedCertificate? result = key is null ? null : new KeyedCertificate(list.Pem, key);
        if (result is not null && !result.KeyMatches(leaf))
        {
            Report(
                keyRole,
                $"{pair.Key.Path} is not the key of {pair.Certificate.Path}",
                $"the certificate of {leaf.Subject} has another public key",
                "give the key that the certificate was requested with; the server's own certificate comes first in its file");
        }

        CheckTime(list, pair.Certificate, role);
        CheckStrength(list, pair.Certificate, role);
        CheckUse(leaf, pair.Certificate, wanted, role);
        return result;
    }

    private Secret? Key(CustomCertificateFile file, CustomCertificateRole role)
    {
        if (!IsRead(file, role))
        {
            return null;
        }

        if ((file.Mode & Others) != 0)
        {
            Report(
                role,
                $"{file.Path} can be read or written by every user of this machine",
                $"its mode is {Convert.ToString((int)file.Mode, 8).PadLeft(4, '0')}, and it holds a private key",
                $"run chmod 600 {file.Path}; if others could read it for long, have a new certificate issued for a new key");
        }

        PemText pem = PemText.Parse(file.Content.Reveal());
        if (pem.HasEncryptedKey)
        {
            Report(
                role,
                $"{file.Path} is encrypted",
                "the broker reads it at each start, when nobody is there to type a passphrase",
                $"write it without one: openssl pkey -in {file.Path} -out FILE");
            return null;
        }

        if (pem.Keys.IsEmpty)
        {
            Report(
                role,
                $"{file.Path} holds no private key",
                pem.Certificates.IsEmpty ? CustomCertificateKind.WhatInstead(file.Content) : "it holds certificates, as if the two files were swapped",
                "give the key as PEM: -----BEGIN PRIVATE KEY-----");
            return null;
        }

        Secret key = new(pem.Keys[0]);
        if (KeyedCertificate.PublicPart(key) is null)
        {
            Report(
                role,
                $"{file.Path} holds a key that cannot be used",
                "it is damaged, or neither RSA nor an elliptic curve's",
                "give an RSA key of 2048 bits or more, or one for P-256, P-384 or P-521");
            return null;
        }

        return key;
    }

    private CertificateList? Certificates(CustomCertificateFile file, CustomCertificateRole role)
    {
        if (!IsRead(file, role))
        {
            return null;
        }

        PemText pem = PemText.Parse(file.Content.Reveal());
        if (pem.Certificates.IsEmpty)
        {
            Report(
                role,
                $"{file.Path} holds no certificate",
                pem.Keys.IsEmpty && !pem.HasEncryptedKey ? CustomCertificateKind.WhatInstead(file.Content) : "it holds a private key, as if the two files were swapped",
                "give it as PEM: -----BEGIN CERTIFICATE-----");
            return null;
        }

        CertificateList? list = CertificateList.TryParse(pem.Certificates, out int damaged);
        if (list is null)
        {
            Report(
                role,
                $"{file.Path} holds a certificate that cannot be read",
                $"certificate {damaged + 1} in it is damaged",
                $"look at it with openssl x509 -in {file.Path} -text, and get it anew from its CA");
        }

        return list;
    }

    private bool IsRead(CustomCertificateFile file, CustomCertificateRole role)
    {
        if (file.Failure is { } failure)
        {
            Report(role, $"{file.Path} cannot be read", failure, "mend the path or the file's permissions");
        }

        return file.Failure is null;
    }

    private void CheckTime(CertificateList list, CustomCertificateFile file, CustomCertificateRole role)
    {
        foreach (X509Certificate2 certificate in list)
        {
            if (certificate.NotAfter <= now)
            {
                Report(
                    role,
                    $"{file.Path} has expired",
                    $"the certificate of {certificate.Subject} ended at {Time(certificate.NotAfter)}, and it is {Time(now)}",
                    "have it renewed by its CA and run deploy again");
            }
            else if (certificate.NotBefore > now)
            {
                Report(
                    role,
                    $"{file.Path} is not valid yet",
                    $"the certificate of {certificate.Subject} begins at {Time(certificate.NotBefore)}, and it is {Time(now)}",
                    "wait until then, or set this machine's clock right");
            }
        }
    }

    private void CheckStrength(CertificateList list, CustomCertificateFile file, CustomCertificateRole role)
    {
        foreach (X509Certificate2 certificate in list)
        {
            if (CertificateStrength.WeakKey(certificate) is { } weakKey)
            {
                Report(
                    role,
                    $"{file.Path} has a weak key",
                    $"the certificate of {certificate.Subject} has {weakKey}",
                    "have one issued for RSA of 2048 bits or more, or for P-256, P-384 or P-521");
            }

            // Nobody checks the signature of one that vouches for itself.
            if (CertificateStrength.WeakSignature(certificate) is { } weakSignature && !IsSelfSigned(certificate))
            {
                Report(
                    role,
                    $"{file.Path} has a weak signature",
                    $"the certificate of {certificate.Subject} is signed with {weakSignature}, which can be forged",
                    "have it issued with SHA-256 or better");
            }
        }
    }

    private void CheckUse(X509Certificate2 leaf, CustomCertificateFile file, LeafRequest wanted, CustomCertificateRole role)
    {
        string[] missing = [.. wanted.Names.NotCoveredBy(leaf)];
        if (missing.Length > 0)
        {
            Report(
                role,
                $"{file.Path} is not good for {string.Join(", ", missing)}",
                $"the certificate of {leaf.Subject} is for {ServerNames.Describe(leaf)}, and clients verify the name that they connect to",
                $"have one issued with these subject alternative names, or one for each host and write {CustomCertificateFiles.HostPlaceholder} in the path, or let clients connect by a name that it is good for (RpcHosts, NotifyHosts)");
        }

        if (!CertificateIssuer.Allows(leaf, wanted.Purposes))
        {
            string purpose = wanted.Purposes switch
            {
                CertificatePurposes.Server => "a server (serverAuth)",
                CertificatePurposes.Client => "a client (clientAuth)",
                _ => "both a server and a client (serverAuth, clientAuth), as members of a cluster are to each other",
            };
            Report(
                role,
                $"{file.Path} may not be used by {purpose}",
                $"the extended key usage of {leaf.Subject} does not name it",
                "have one issued with that usage, or with none stated");
        }
    }

    private void CheckChain(CustomCertificateFile file, CustomCertificateFile? authority, CustomCertificateRole role)
    {
        // A file that is no good itself has been told of.
        if (authority is { Failure: not null } || Certificates(file, role) is not { } certificates)
        {
            return;
        }

        using CertificateList list = certificates;
        using CertificateList? trusted = authority is null
            ? null
            : CertificateList.TryParse(PemText.Parse(authority.Content.Reveal()).Certificates, out _);
        if (authority is not null && (trusted is null || trusted.Count == 0))
        {
            return;
        }

        using X509Chain chain = new();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        // Times are told of above, each certificate by name.
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.ExtraStore.AddRange(list.Skip(1).ToArray());
        if (trusted is not null)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(trusted.ToArray());
        }

        if (chain.Build(list[0]))
        {
            return;
        }

        X509Certificate2 last = chain.ChainElements[^1].Certificate;
        Report(
            role,
            $"{file.Path} does not lead to {authority?.Path ?? "a CA that this machine trusts"}",
            IsSelfSigned(last)
                ? $"it leads to {last.Subject}, which is not {(authority is null ? "trusted here" : "in that file")}"
                : $"{last.Subject} is issued by {last.Issuer}, which is {(authority is null ? "neither in the file nor trusted here" : "in neither file")}",
            "put the intermediate certificates into the certificate file, after the server's own, and give the file with the root at their end");
    }

    private void Report(CustomCertificateRole role, string what, string why, string next) =>
        problems.Add(new CustomCertificateProblem(role, new Problem(what, why, next)));

    private static bool IsSelfSigned(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    private static bool IsAuthority(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority);

    private static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'");
}
