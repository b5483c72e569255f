using System.Security.Cryptography;
using Twinbus.Deployment.Model;
using Twinbus.Hosts;

namespace Twinbus.Deployment.Certificates.Tests;

/// <summary>Given files with one thing wrong each; what is said of it is a golden file of the case's name.</summary>
internal sealed class BadFileCorpus(ForeignAuthority authority, Dictionary<string, CustomCertificateFile> files, InstanceTls tls) : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const string Certificate = "/pki/rpc.crt";
    private const string Key = "/pki/rpc.key";
    private const string Authority = "/pki/ca.crt";
    private readonly List<IDisposable> keys = [];

    /// <summary>Each spoils the good files and returns the TLS settings to check them by.</summary>
    public static IReadOnlyDictionary<string, Func<BadFileCorpus, InstanceTls>> Cases { get; } = new Dictionary<string, Func<BadFileCorpus, InstanceTls>>
    {
        ["certificate-absent"] = corpus => corpus.Fail(Certificate, "there is no such file"),
        ["certificate-empty"] = corpus => corpus.Put(Certificate, ""),
        ["certificate-text"] = corpus => corpus.Put(Certificate, "rpc.example certificate"),
        ["certificate-der"] = corpus => corpus.Put(Certificate, "\x30\u0082\x01\x0a"),
        ["certificate-request"] = corpus => corpus.Put(Certificate, "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"),
        ["certificate-cut-short"] = corpus => corpus.Put(Certificate, corpus.Text(Certificate)[..200]),
        ["certificate-damaged"] = corpus => corpus.Put(Certificate, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        ["certificate-second-damaged"] = corpus => corpus.Put(Certificate, corpus.Text(Certificate) + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        ["certificate-is-the-key"] = corpus => corpus.Put(Certificate, corpus.Text(Key)),
        ["certificate-expired"] = corpus => corpus.Issue(new ForeignRequest { Names = ["node1"], Ends = Workshop.Beginning.AddMinutes(-1) }),
        ["certificate-not-yet-valid"] = corpus => corpus.Issue(new ForeignRequest { Names = ["node1"], Begins = Workshop.Beginning.AddMinutes(1) }),
        ["certificate-other-name"] = corpus => corpus.Issue(new ForeignRequest { Names = ["node2", "192.0.2.2"] }),
        ["certificate-without-names"] = corpus => corpus.Issue(new ForeignRequest()),
        ["certificate-for-clients-only"] = corpus => corpus.Issue(new ForeignRequest { Names = ["node1"], Usage = "1.3.6.1.5.5.7.3.2" }),
        ["certificate-for-servers-only-in-a-cluster"] = corpus =>
            corpus.Issue(new ForeignRequest { Names = ["node1"], Usage = "1.3.6.1.5.5.7.3.1" }) with { InterNode = true },
        ["certificate-small-rsa"] = corpus => corpus.Issue(new ForeignRequest { Names = ["node1"], Key = corpus.Keep(RSA.Create(1024)) }),
        ["certificate-small-curve"] = corpus => corpus.Issue(
            new ForeignRequest { Names = ["node1"], Key = corpus.Keep(ECDsa.Create(ECCurve.CreateFromValue("1.3.132.0.33"))) }),
        ["certificate-sha1"] = corpus => corpus.Issue(
            new ForeignRequest { Names = ["node1"], SignedWithSha1 = true }),
        ["certificate-of-unknown-authority"] = corpus => corpus.Put(Authority, new ForeignAuthority("Another Root").Pem),
        ["certificate-without-intermediate"] = corpus =>
        {
            KeyedCertificate pair = corpus.Intermediate().Issue(new ForeignRequest { Names = ["node1"] });
            corpus.Put(Key, pair.Key.Reveal());
            return corpus.Put(Certificate, pair.Certificate);
        },
        ["key-absent"] = corpus => corpus.Fail(Key, "there is no such file"),
        ["key-empty"] = corpus => corpus.Put(Key, ""),
        ["key-is-the-certificate"] = corpus => corpus.Put(Key, corpus.Text(Certificate)),
        ["key-public"] = corpus => corpus.Put(Key, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
        ["key-damaged"] = corpus => corpus.Put(Key, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
        ["key-encrypted"] = corpus => corpus.Put(Key, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"),
        ["key-encrypted-old-form"] = corpus => corpus.Put(
            Key, "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"),
        ["key-of-another-certificate"] = corpus => corpus.Put(Key, ForeignAuthority.KeyPem),
        ["key-world-readable"] = corpus => corpus.Put(Key, corpus.Text(Key), OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead),
        ["authority-absent"] = corpus => corpus.Fail(Authority, "there is no such file"),
        ["authority-text"] = corpus => corpus.Put(Authority, "our root"),
        ["authority-is-a-server"] = corpus => corpus.Put(Authority, corpus.Text(Certificate)),
        ["authority-not-given-but-clients-verified"] = corpus => corpus.WithoutAuthority(new InstanceTls { VerifyClients = true }),
        ["authority-not-given-but-members-verified"] = corpus => corpus.WithoutAuthority(new InstanceTls { InterNode = true }),
        ["client-certificate-for-servers-only"] = corpus => corpus.IssueClient(new ForeignRequest { Usage = "1.3.6.1.5.5.7.3.1" }),
        ["client-certificate-expired"] = corpus => corpus.IssueClient(new ForeignRequest { Ends = Workshop.Beginning.AddDays(-1) }),
    };

    public void Dispose() => keys.ForEach(key => key.Dispose());

    private string Text(string path) => files[path].Content.Reveal();

    private ForeignAuthority Intermediate() => authority.IssueAuthority("Foreign Intermediate");

    private T Keep<T>(T key)
        where T : IDisposable
    {
        keys.Add(key);
        return key;
    }

    private InstanceTls Put(string path, string content, UnixFileMode mode = OwnerOnly)
    {
        files[path] = new CustomCertificateFile(path, new Secret(content), mode);
        return tls;
    }

    private InstanceTls Fail(string path, string why)
    {
        files[path] = new CustomCertificateFile(path, new Secret(""), UnixFileMode.None, why);
        return tls;
    }

    private InstanceTls Issue(ForeignRequest request)
    {
        KeyedCertificate pair = authority.Issue(request);
        Put(Certificate, pair.Certificate);
        return Put(Key, pair.Key.Reveal());
    }

    private InstanceTls IssueClient(ForeignRequest request)
    {
        KeyedCertificate pair = authority.Issue(request);
        Put("/pki/client.crt", pair.Certificate);
        Put("/pki/client.key", pair.Key.Reveal());
        return tls with { VerifyClients = true, Custom = tls.Custom! with { ClientCertificate = "/pki/client.crt", ClientKey = "/pki/client.key" } };
    }

    // The chain then is the system's to judge, which knows no test authority: that is a second problem.
    private InstanceTls WithoutAuthority(InstanceTls settings) => settings with { Custom = tls.Custom! with { Authority = null } };
}
