using System.Collections.Immutable;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Oslo;
using Twinbus.Deployment.Reading;

namespace Twinbus.Deployment.Checks;

/// <summary>
/// Checks that a service's user, password and virtual host arrive at the broker. Our own client is no witness for that: it
/// decodes a URL once, as it should, and some of oslo.messaging's drivers do it twice.
/// </summary>
internal sealed class LoginCheck(ImmutableArray<ServiceDraft> services, ProblemList problems)
{
    public void Check()
    {
        foreach (ServiceDraft service in services)
        {
            ExternalAddress? given = service.Backend?.AddressOf(service);
            if (Transport(service, given) is not { } transport || service.Backends.ClientOptionsOf(transport) is not { } driver)
            {
                continue;
            }

            CheckPart(service, driver, UrlPart.Login, "UserName", "a user", given?.UserName);
            CheckPart(service, driver, UrlPart.Login, "Password", "a password", given?.Password?.Reveal());
            CheckPart(service, driver, UrlPart.VirtualHost, "VirtualHost", "a virtual host", given?.VirtualHost);
        }
    }

    private string? Transport(ServiceDraft service, ExternalAddress? given) =>
        given?.Transport ?? (services.FirstOrDefault(other => other.Name == service.File.Shares) ?? service).Backend?.Capabilities.Transport;

    private void CheckPart(ServiceDraft service, ClientOptions driver, UrlPart part, string parameter, string noun, string? inUrl)
    {
        ParameterValue? value = service.Parameters.Find(parameter);
        ParameterValue? url = service.Parameters.Find("TransportURL") is { Text.Length: > 0 } whole ? whole : null;
        string text = inUrl ?? value?.Text ?? "";
        string[] lost = [.. text.Where(driver.Loses(part)).Distinct().Select(letter => char.IsControl(letter) ? $"U+{(int)letter:X4}" : $"{letter}")];
        if (lost.Length > 0)
        {
            problems.Add(
                (url ?? value)?.Place ?? service.Place,
                url is null ? $"{value!.Name} has {string.Join(' ', lost)} in it" : $"{url.Name} has {noun} with {string.Join(' ', lost)} in it",
                $"oslo.messaging's {driver.Scheme} driver copies that into a URL of its own, where it means something else: no client would get in",
                inUrl is null ? "choose one without" : "have one without set at the broker");
        }
    }
}
