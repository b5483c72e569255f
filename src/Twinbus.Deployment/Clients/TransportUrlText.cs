using System.Collections.Immutable;
using System.Text;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Secrets;
using Twinbus.Hosts;

namespace Twinbus.Deployment.Clients;

/// <summary>
/// The transport URL of a messaging service as oslo.messaging reads it: credentials repeated for each host and
/// percent-encoded, IPv6 in brackets, the virtual host after the slash (<c>/</c> itself as nothing), TLS in the query.
/// </summary>
public static class TransportUrlText
{
    /// <summary>With the password, so itself a secret.</summary>
    public static Secret Full(MessagingService service, DeploymentSecrets secrets)
    {
        ArgumentNullException.ThrowIfNull(service);
        ArgumentNullException.ThrowIfNull(secrets);
        return new Secret(Write(service, secrets.Find(service.PasswordName) is { } password ? Encode(password.Reveal()) : null));
    }

    /// <summary>With <c>***</c> where the password is.</summary>
    public static string Redacted(MessagingService service)
    {
        ArgumentNullException.ThrowIfNull(service);
        return Write(service, service.PasswordName is null ? null : Secret.Redacted);
    }

    private static string Write(MessagingService service, string? password)
    {
        string user = service.UserName is { } name ? $"{Encode(name)}{(password is null ? "" : $":{password}")}@" : "";
        StringBuilder url = new($"{service.Transport}://");
        url.AppendJoin(',', service.Endpoints.Select(endpoint => $"{user}{Bracket(endpoint.Host)}:{endpoint.Port}"));
        url.Append('/');
        if (service.VirtualHost is { } virtualHost and not "/")
        {
            url.Append(Encode(virtualHost));
        }

        string query = string.Join('&', Query(service).Select(option => $"{Encode(option.Key)}={Encode(option.Value)}"));
        return (query.Length == 0 ? url : url.Append('?').Append(query)).ToString();
    }

    private static ImmutableArray<UrlOption> Query(MessagingService service) =>
        service.Tls is null ? service.Query : service.Query.Add(new UrlOption("ssl", "1"));

    // Unreserved characters stay, as in urllib's quote(safe='') on the other side.
    private static string Encode(string text) => Uri.EscapeDataString(text);

    private static string Bracket(string host) => host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
}
