using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Reading;

namespace Twinbus.Deployment.Certificates;

/// <summary>The TLS parameters of a messaging service: what they say, and what they must not say together.</summary>
internal static class TlsParameters
{
    public const string UseTls = "UseSSL";
    public const string Authority = "SSLCAFile";
    public const string Certificate = "SSLCertFile";
    public const string Key = "SSLKeyFile";
    public const string ClientCertificate = "SSLClientCertFile";
    public const string ClientKey = "SSLClientKeyFile";
    private const string MinimumVersion = "SSLMinimumVersion";
    private const string VerifyClients = "SSLVerifyClients";

    // A backend that makes clusters has a parameter of its own for it.
    private const string InterNodeSuffix = "InterNodeSSL";

    private static readonly string[] Files = [Authority, Certificate, Key, ClientCertificate, ClientKey];

    /// <summary>How an instance with these parameters speaks TLS; null: plaintext.</summary>
    public static InstanceTls? Read(ParameterSet parameters) => parameters.Flag(UseTls)
        ? new InstanceTls
        {
            MinimumVersion = parameters.Text(MinimumVersion) == "TLSv1.3" ? TlsVersion.Tls13 : TlsVersion.Tls12,
            VerifyClients = parameters.Flag(VerifyClients),
            InterNode = parameters.Values.Keys.Any(name => name.EndsWith(InterNodeSuffix, StringComparison.Ordinal) && parameters.Flag(name)),
            Custom = PathOf(parameters, Certificate) is { } certificate && PathOf(parameters, Key) is { } key
                ? new CustomCertificateFiles
                {
                    Certificate = certificate,
                    Key = key,
                    Authority = PathOf(parameters, Authority),
                    ClientCertificate = PathOf(parameters, ClientCertificate),
                    ClientKey = PathOf(parameters, ClientKey),
                }
                : null,
        }
        : null;

    /// <summary>A file that a parameter names, absolute: relative ones lie beside the environment file that names them.</summary>
    public static string? PathOf(ParameterSet parameters, string name) => parameters.Find(name) switch
    {
        { Text: { Length: > 0 } text, Place: { } place } => Path.GetFullPath(text, Path.GetDirectoryName(Path.GetFullPath(place.File))!),
        { Text: { Length: > 0 } text } => Path.GetFullPath(text),
        _ => null,
    };

    /// <summary>The parameter that names a given file of this role.</summary>
    public static string NameOf(CustomCertificateRole role) => role switch
    {
        CustomCertificateRole.Certificate => Certificate,
        CustomCertificateRole.Key => Key,
        CustomCertificateRole.Authority => Authority,
        CustomCertificateRole.ClientCertificate => ClientCertificate,
        _ => ClientKey,
    };

    /// <summary>What contradicts itself, or says nothing.</summary>
    public static void Check(ServiceDraft service, ProblemList problems)
    {
        ParameterSet parameters = service.Parameters;
        if (!service.UsesTls)
        {
            foreach (ParameterValue unused in Files.Select(parameters.Find).Where(value => value is { IsSet: true, Text.Length: > 0 })!)
            {
                problems.Notice(unused.Place, $"{unused.Name} says nothing", $"{service.Prefix}{UseTls} is false", $"set {service.Prefix}{UseTls} to true, or remove it");
            }

            return;
        }

        CheckPair(parameters, Certificate, Key, problems);
        CheckPair(parameters, ClientCertificate, ClientKey, problems);
        if (parameters.Find(Certificate) is not { Text: var certificate })
        {
            // A broker that somebody else runs has its certificate from there.
            return;
        }

        foreach (string name in (string[])[Authority, ClientCertificate])
        {
            if (certificate.Length == 0 && parameters.Find(name) is { Text.Length: > 0 } alone)
            {
                problems.Add(
                    alone.Place,
                    $"{alone.Name} without {service.Prefix}{Certificate}",
                    "the instance's own authority issues its certificates, and no other is trusted",
                    $"give {service.Prefix}{Certificate} and {service.Prefix}{Key} too, or remove it");
            }
        }

        if (certificate.Length > 0 && parameters.Flag(VerifyClients) && parameters.Text(ClientCertificate).Length == 0)
        {
            problems.Add(
                parameters[VerifyClients].Place,
                $"{parameters[VerifyClients].Name} without {service.Prefix}{ClientCertificate}",
                "health checks and clients need a certificate of your authority, which Twinbus cannot issue",
                $"give {service.Prefix}{ClientCertificate} and {service.Prefix}{ClientKey}");
        }
    }

    /// <summary>A service speaks TLS as the one whose broker it shares does.</summary>
    public static void CheckShared(ServiceDraft service, ServiceDraft owner, ProblemList problems)
    {
        // Choosing a shipped environment for TLS is an operator's word too: plaintext in its place would be the worst of surprises.
        if (service.Parameters.Find(UseTls) is { Place: not null } own && service.Parameters.Flag(UseTls) != owner.Parameters.Flag(UseTls))
        {
            string word = owner.Parameters.Flag(UseTls) ? "true" : "false";
            problems.Add(
                own.Place,
                $"{own.Name} is {own.Text} and {owner.Prefix}{UseTls} is {word}",
                "both services share one broker, whose port either speaks TLS or does not",
                $"set both alike, or give {service.Name} a broker of its own");
        }
    }

    private static void CheckPair(ParameterSet parameters, string certificate, string key, ProblemList problems)
    {
        foreach ((string given, string missing) in ((string, string)[])[(certificate, key), (key, certificate)])
        {
            if (parameters.Find(given) is { Text.Length: > 0 } alone && parameters.Find(missing) is { Text.Length: 0 } other)
            {
                problems.Add(alone.Place, $"{alone.Name} without {other.Name}", "a certificate is of no use without its key, nor a key without its certificate", $"give {other.Name} too");
            }
        }
    }
}
