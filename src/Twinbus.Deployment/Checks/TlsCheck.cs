using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Reading;

namespace Twinbus.Deployment.Checks;

/// <summary>What the TLS parameters of a messaging service must not say together.</summary>
internal static class TlsCheck
{
    private static readonly string[] Files =
        [TlsParameters.Authority, TlsParameters.Certificate, TlsParameters.Key, TlsParameters.ClientCertificate, TlsParameters.ClientKey];

    /// <summary>What contradicts itself, or says nothing.</summary>
    public static void Check(ServiceDraft service, ProblemList problems)
    {
        ParameterSet parameters = service.Parameters;
        if (!service.UsesTls)
        {
            foreach (ParameterValue unused in Files.Select(parameters.Find).Where(value => value is { IsSet: true, Text.Length: > 0 })!)
            {
                problems.Notice(unused.Place, $"{unused.Name} says nothing", $"{service.Prefix}{TlsParameters.UseTls} is false", $"set {service.Prefix}{TlsParameters.UseTls} to true, or remove it");
            }

            return;
        }

        CheckPair(parameters, TlsParameters.Certificate, TlsParameters.Key, problems);
        CheckPair(parameters, TlsParameters.ClientCertificate, TlsParameters.ClientKey, problems);
        if (parameters.Find(TlsParameters.Certificate) is not { Text: var certificate })
        {
            // An external broker has its certificate from there.
            return;
        }

        foreach (string name in (string[])[TlsParameters.Authority, TlsParameters.ClientCertificate])
        {
            if (certificate.Length == 0 && parameters.Find(name) is { Text.Length: > 0 } alone)
            {
                problems.Add(
                    alone.Place,
                    $"{alone.Name} without {service.Prefix}{TlsParameters.Certificate}",
                    "the instance's own CA issues its certificates, and no other is trusted",
                    $"give {service.Prefix}{TlsParameters.Certificate} and {service.Prefix}{TlsParameters.Key} too, or remove it");
            }
        }

        if (certificate.Length > 0 && parameters.Flag(TlsParameters.VerifyClients) && parameters.Text(TlsParameters.ClientCertificate).Length == 0)
        {
            problems.Add(
                parameters[TlsParameters.VerifyClients].Place,
                $"{parameters[TlsParameters.VerifyClients].Name} without {service.Prefix}{TlsParameters.ClientCertificate}",
                "health checks and clients need a certificate of your CA, which Twinbus cannot issue",
                $"give {service.Prefix}{TlsParameters.ClientCertificate} and {service.Prefix}{TlsParameters.ClientKey}");
        }
    }

    /// <summary>A service speaks TLS as the one whose broker it shares does.</summary>
    public static void CheckShared(ServiceDraft service, ServiceDraft owner, ProblemList problems)
    {
        // Choosing a shipped environment for TLS is an operator's word too: plaintext in its place would be the worst of surprises.
        if (service.Parameters.Find(TlsParameters.UseTls) is { Place: not null } own && service.Parameters.Flag(TlsParameters.UseTls) != owner.Parameters.Flag(TlsParameters.UseTls))
        {
            string word = owner.Parameters.Flag(TlsParameters.UseTls) ? "true" : "false";
            problems.Add(
                own.Place,
                $"{own.Name} is {own.Text} and {owner.Prefix}{TlsParameters.UseTls} is {word}",
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
