using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Twinbus.Deployment.Certificates;
using Twinbus.Deployment.Model;
using Twinbus.Hosts;
using Twinbus.Hosts.Kinds.Directories;
using Twinbus.Hosts.Kinds.Files;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.RabbitMq.Certificates;
using Twinbus.Hosts.RabbitMq.Management;

namespace Twinbus.Deployment.Backends.RabbitMq;

/// <summary>What TLS adds to a RabbitMQ node: lines of its configuration, files, and the certificate that it shall show.</summary>
/// <param name="paths">Where the instance's things are.</param>
/// <param name="tls">How it speaks TLS.</param>
internal sealed class RabbitMqTls(InstancePaths paths, InstanceTls tls)
{
    private const UnixFileMode DirectoryOfGroup =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;

    private const UnixFileMode ReadByGroup = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    private static readonly string[] Tls13Ciphers = ["TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"];

    // Forward secrecy and authenticated encryption, nothing else; one for each kind of key.
    private static readonly string[] Tls12Ciphers =
    [
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305",
        "ECDHE-RSA-CHACHA20-POLY1305",
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES128-GCM-SHA256",
    ];

    private bool AllowsTls12 => tls.MinimumVersion == TlsVersion.Tls12;

    private string Directory => $"{paths.Config}/tls";

    /// <summary>The node's key and certificates: one file, so that it is replaced whole and never holds half of a pair.</summary>
    private string Identity => $"{Directory}/identity.pem";

    /// <summary>The authorities whose certificates it accepts.</summary>
    private string Trusted => $"{Directory}/trusted.pem";

    /// <summary>Options of Erlang distribution, which the node reads only when it starts; null when members speak plaintext with each other.</summary>
    public string? LoadedFile => tls.InterNode ? DistributionFile : null;

    private string DistributionFile => $"{paths.Config}/ssl-dist.conf";

    /// <summary>The lines of rabbitmq.conf that open the TLS listener and close the plaintext one.</summary>
    /// <param name="endpoint">Address and port, <c>127.0.0.1:5671</c>.</param>
    public string ConfigurationLines(string endpoint)
    {
        StringBuilder text = new();
        text.Append("listeners.tcp = none\n");
        text.Append($"listeners.ssl.1 = {endpoint}\n");
        text.Append($"ssl_options.certfile = {Identity}\n");
        text.Append($"ssl_options.keyfile = {Identity}\n");
        if (tls.Custom is not { Authority: null })
        {
            text.Append($"ssl_options.cacertfile = {Trusted}\n");
        }

        text.Append($"ssl_options.verify = {(tls.VerifyClients ? "verify_peer" : "verify_none")}\n");
        text.Append($"ssl_options.fail_if_no_peer_cert = {(tls.VerifyClients ? "true" : "false")}\n");
        text.Append("ssl_options.versions.1 = tlsv1.3\n");
        if (AllowsTls12)
        {
            // The broker refuses to start when these are set and TLS 1.3 is the only version: they mean nothing there.
            text.Append("ssl_options.versions.2 = tlsv1.2\n");
            text.Append("ssl_options.honor_cipher_order = true\n");
            text.Append("ssl_options.client_renegotiation = false\n");
            text.Append("ssl_options.secure_renegotiate = true\n");
        }

        int number = 0;
        foreach (string cipher in AllowsTls12 ? Tls13Ciphers.Concat(Tls12Ciphers) : Tls13Ciphers)
        {
            text.Append($"ssl_options.ciphers.{++number} = {cipher}\n");
        }

        return text.ToString();
    }

    /// <summary>What the arguments of the node's Erlang, and of its command line's, say when members speak TLS with each other; else empty.</summary>
    public string ErlangArguments => tls.InterNode ? $"-proto_dist inet_tls -ssl_dist_optfile {DistributionFile}" : "";

    /// <summary>ssl-dist.conf: both sides of a connection between nodes verify each other. The command line is such a node too.</summary>
    public string Distribution()
    {
        string versions = AllowsTls12 ? "'tlsv1.3', 'tlsv1.2'" : "'tlsv1.3'";
        string shared = $$"""{certfile, "{{Identity}}"}, {keyfile, "{{Identity}}"}, {cacertfile, "{{Trusted}}"}, {versions, [{{versions}}]}, {verify, verify_peer}""";
        return $$"""
            %% Written by twinbus; what is changed here by hand is put back by the next deploy.
            [
              {server, [{{shared}}, {fail_if_no_peer_cert, true}]},
              {client, [{{shared}}]}
            ].

            """;
    }

    /// <summary>The directory and files of a node, for <see cref="Stage.Configure"/>, before the service.</summary>
    public ImmutableArray<Resource> Files(KeyedCertificate certificate, string? trusted)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        ImmutableArray<Resource>.Builder resources = ImmutableArray.CreateBuilder<Resource>();
        resources.Add(new DirectoryResource { Path = Directory, Group = paths.SystemUser, Mode = DirectoryOfGroup });
        if (trusted is not null)
        {
            resources.Add(new FileResource { Path = Trusted, Content = trusted, Group = paths.SystemUser, Mode = ReadByGroup });
        }

        resources.Add(new FileResource
        {
            Path = Identity,
            SecretContent = new Secret(certificate.Key.Reveal() + certificate.Certificate),
            Group = paths.SystemUser,
            Mode = ReadByGroup,
        });
        if (tls.InterNode)
        {
            resources.Add(new FileResource { Path = DistributionFile, Content = Distribution(), Group = paths.SystemUser, Mode = ReadByGroup });
        }

        return resources.ToImmutable();
    }

    /// <summary>The certificate that the running node shall show, for <see cref="Stage.Start"/>, after the service.</summary>
    /// <param name="certificate">The node's.</param>
    /// <param name="trusted">The authorities, when there are any.</param>
    /// <param name="node">The node's command line.</param>
    /// <param name="address">Where its TLS port is, as its own host reaches it.</param>
    /// <param name="port">The TLS port.</param>
    public RabbitMqCertificateResource Certificate(KeyedCertificate certificate, string? trusted, RabbitMqNode node, string address, int port)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        using X509Certificate2 leaf = X509Certificate2.CreateFromPem(certificate.Certificate);
        return new RabbitMqCertificateResource
        {
            Instance = paths.FullName,
            Unit = paths.Unit,
            Node = node,
            Address = address,
            Port = port,
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(leaf.RawData)),
            ClientAuthorities = tls.VerifyClients ? Subjects(trusted!) : null,
        };
    }

    private static List<string> Subjects(string pem)
    {
        X509Certificate2Collection certificates = [];
        certificates.ImportFromPem(pem);
        List<string> subjects = [.. certificates.Select(certificate => certificate.Subject)];
        foreach (X509Certificate2 certificate in certificates)
        {
            certificate.Dispose();
        }

        return subjects;
    }
}
