using System.Collections.Immutable;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Reading;
using Twinbus.Messaging;

namespace Twinbus.Deployment.Checks;

/// <summary>Checks what each service is mapped to, and services against each other: what cannot be is said before anything is tried.</summary>
internal sealed class DraftCheck(
    ImmutableArray<ServiceDraft> services, ImmutableHashSet<string> mapped, SourcePlace? lastMapping, ProblemList problems)
{
    public void Check()
    {
        if (services.IsEmpty && problems.IsEmpty)
        {
            problems.Add(lastMapping, "no messaging service is left", "every one is mapped to OS::Heat::None", "map at least one to a service file");
        }

        foreach (ServiceDraft service in services)
        {
            CheckKind(service);
            CheckBackend(service);
            CheckSharing(service);
            if (service.Backend is { } backend)
            {
                CheckAbilities(service, backend.Capabilities);
                TlsCheck.Check(service, problems);
                new ServerCheck(service, backend, problems).Check();
                backend.Check(service, problems);
            }
        }
    }

    private void CheckKind(ServiceDraft service)
    {
        MessagingKind wanted = ServiceNames.Of(service.RegistryName)!.Kind;
        if (service.Kind != wanted)
        {
            problems.Add(
                service.Place,
                $"{service.RegistryName} is mapped to a service file for {Word(service.Kind)}",
                $"{Path.GetFileName(service.File.File)} carries {Word(service.Kind)}",
                $"map it to a file whose name begins with messaging-{Word(wanted)}-backend-");
        }
    }

    private void CheckBackend(ServiceDraft service)
    {
        if (service.File.Backend is not { } name)
        {
            return;
        }

        if (service.Backend is not { } backend)
        {
            string[] known = [.. service.Backends.All.Select(one => one.Capabilities.Name)];
            problems.Add(
                service.File.Root.Find("backend")!.Place,
                $"unknown backend {name}",
                $"there are {string.Join(", ", known)}",
                WordSuggestion.Suggest(name, known, "choose one of them"));
        }
        else if (backend.Capabilities.Refuses(service.Kind) is { } reason)
        {
            problems.Add(service.Place, $"{backend.Capabilities.Title} cannot carry {Word(service.Kind)}", reason, "map the service to another backend");
        }
    }

    private void CheckSharing(ServiceDraft service)
    {
        if (service.File.Shares is not { } ownerName)
        {
            return;
        }

        ServiceDraft? owner = services.FirstOrDefault(other => other.Name == ownerName);
        if (owner is null)
        {
            // What is mapped to a file that is wrong has been told already.
            if (mapped.Contains(ownerName))
            {
                return;
            }

            problems.Add(service.Place, $"the {service.Name} service shares the broker of {ownerName}, which is not there", $"no environment maps a {ownerName} service", $"map {ownerName}, or give {service.Name} a backend of its own");
            return;
        }

        if (owner is { Backend: null, File.Backend: not null })
        {
            return;
        }

        if (owner.Backend?.Capabilities is not { CanBeShared: true })
        {
            string carrier = owner.Backend?.Capabilities.Title ?? "no broker of its own";
            problems.Add(service.Place, $"the {service.Name} service cannot share the broker of {ownerName}", $"{ownerName} is on {carrier}", $"give {service.Name} a backend of its own");
            return;
        }

        CheckSharedUser(service, owner);
        TlsCheck.CheckShared(service, owner, problems);
    }

    private void CheckAbilities(ServiceDraft service, BackendCapabilities capabilities)
    {
        if (service.Parameters.Find("VirtualHost") is { IsSet: true, Text: not "/" } virtualHost && !capabilities.HasVirtualHosts)
        {
            problems.Add(virtualHost.Place, $"{virtualHost.Name} on {capabilities.Title}, which has no virtual hosts", capabilities.VirtualHostsUnsupportedReason, "leave it out");
        }

        if (service.Parameters.Find("UseSSL") is { Text: "true" } tls && !capabilities.SpeaksTls)
        {
            problems.Add(tls.Place, $"{tls.Name} on {capabilities.Title}, which has no TLS", "oslo.messaging's driver for it encrypts nothing", "leave it out, or choose another backend");
        }

        if (service.Kind is MessagingKind.Notify && capabilities.NotifyWarning is { } warning)
        {
            problems.Notice(service.Place, $"notifications on {capabilities.Title}", warning, "");
        }
    }

    private void CheckSharedUser(ServiceDraft service, ServiceDraft owner)
    {
        ParameterValue password = service.Parameters["Password"];
        ParameterValue ownerPassword = owner.Parameters["Password"];
        bool isOneUser = service.Parameters.Text("UserName") == owner.Parameters.Text("UserName");
        if (isOneUser && password.Text.Length > 0 && ownerPassword.Text.Length > 0 && password.Text != ownerPassword.Text)
        {
            problems.Add(
                password.Place,
                $"{password.Name} differs from {ownerPassword.Name}",
                $"both services share one broker, where {service.Parameters.Text("UserName")} is one user with one password",
                $"give one password, or another user as {service.Prefix}UserName");
        }
    }

    private static string Word(MessagingKind kind) => kind.ToString().ToLowerInvariant();
}
