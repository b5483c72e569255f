using Twinbus.Deployment.Model;

namespace Twinbus.Deployment.Reading;

/// <summary>The TLS parameters of a messaging service: what they say.</summary>
internal static class TlsParameters
{
    public const string UseTls = "UseSSL";
    public const string Authority = "SSLCAFile";
    public const string Certificate = "SSLCertFile";
    public const string Key = "SSLKeyFile";
    public const string ClientCertificate = "SSLClientCertFile";
    public const string ClientKey = "SSLClientKeyFile";
    private const string MinimumVersion = "SSLMinimumVersion";
    public const string VerifyClients = "SSLVerifyClients";

    // A backend that makes clusters has a parameter of its own for it.
    private const string InterNodeSuffix = "InterNodeSSL";

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
}
