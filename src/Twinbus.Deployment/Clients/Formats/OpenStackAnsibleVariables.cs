using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;
using Twinbus.Hosts;
using Twinbus.Messaging;

namespace Twinbus.Deployment.Clients.Formats;

/// <summary>
/// Variables for <c>user_variables.yml</c> and <c>user_secrets.yml</c> of OpenStack-Ansible, with a broker that its playbooks did not
/// make. Its roles put user, password and virtual host into URLs as they are, so they are percent-encoded here.
/// </summary>
internal static class OpenStackAnsibleVariables
{
    // Options of [oslo_messaging_rabbit] that its roles always write: true when not told.
    private static readonly (string Variable, string Option)[] QueueOptions =
    [
        ("oslomsg_rabbit_quorum_queues", "rabbit_quorum_queue"),
        ("oslomsg_rabbit_transient_quorum_queues", "rabbit_transient_quorum_queue"),
    ];

    public static string Write(ClientSettings settings, Passwords passwords, ClientService? service)
    {
        Inexpressible inexpressible = new("OpenStack-Ansible");
        YamlVariables yaml = new();
        yaml.Comment($"Messaging of {service?.Name ?? "all clients"} for OpenStack-Ansible, oslo.messaging {settings.Release}.");
        foreach (string warning in settings.Warnings)
        {
            yaml.Comment($"Warning: {warning}.");
        }

        yaml.Comment("Users and virtual hosts are made already: run its playbooks with --skip-tags common-mq.");
        foreach (ResolvedBus bus in settings.Buses)
        {
            Check(bus, inexpressible);
            yaml.Gap();
            Bus(yaml, bus, inexpressible.OnePort(bus.Bus));
        }

        Queues(yaml, settings);
        foreach (ClientService client in service is null ? ClientService.All : [service])
        {
            yaml.Gap();
            foreach (ResolvedBus bus in settings.Buses.Where(bus => !client.HasUrlOnly || bus.Bus.Kind == MessagingKind.Notify))
            {
                Login(yaml, bus.Bus, client, passwords);
            }

            Overrides(yaml, settings, client);
        }

        inexpressible.ThrowIfAny();
        return yaml.ToString();
    }

    private static void Check(ResolvedBus resolved, Inexpressible inexpressible)
    {
        MessagingBus bus = resolved.Bus;
        if (bus.Transport is not ("rabbit" or "amqp"))
        {
            inexpressible.Add(
                $"that {bus.Name} has the transport {bus.Transport}",
                "its roles put ssl=0 or ssl=1 into each URL, with which that driver does not start",
                "use --format text");
            return;
        }

        if (bus.UserName is null)
        {
            inexpressible.Add($"that {bus.Name} has no user", "its roles write one into each URL", "give the service a user, or use --format text");
        }

        string[] beyond = [.. resolved.Query.Select(option => option.Key).Where(key => key is not ("ssl" or "ssl_ca_file"))];
        if (beyond.Length > 0)
        {
            inexpressible.Add(
                $"that the transport URL of {bus.Name} has {string.Join(", ", beyond)}",
                "its roles write the options of TLS into URLs and no others",
                "deploy rpc and notify with the same kind of queues, or use --format text");
        }
    }

    private static void Bus(YamlVariables yaml, ResolvedBus resolved, int port)
    {
        MessagingBus bus = resolved.Bus;
        string prefix = $"oslomsg_{Kind(bus)}";
        yaml.String($"{prefix}_transport", bus.Transport);
        yaml.String($"{prefix}_servers", string.Join(',', TransportUrlText.Readable(bus).Select(endpoint => new TransportHost { Host = endpoint.Host }.Endpoint)));
        yaml.Number($"{prefix}_port", port);
        yaml.Truth($"{prefix}_use_ssl", bus.Tls is not null);
        string? given = resolved.Query.FirstOrDefault(option => option.Key == "ssl_ca_file")?.Value;
        if ((given ?? bus.Tls?.CaFile) is { } authority)
        {
            yaml.String($"{prefix}_ssl_ca_file", authority);
        }

        yaml.List($"{prefix}_policies", []);
        if (bus.Kind == MessagingKind.Notify)
        {
            yaml.Truth($"{prefix}_configure", true);
        }
    }

    private static void Queues(YamlVariables yaml, ClientSettings settings)
    {
        if (settings.Buses.All(bus => bus.Bus.Queues is null || bus.Bus.Transport != "rabbit"))
        {
            return;
        }

        yaml.Gap();
        foreach ((string variable, string option) in QueueOptions)
        {
            yaml.Truth(variable, settings.Groups.TryGetValue("oslo_messaging_rabbit", out var options) && options.GetValueOrDefault(option) == "true");
        }

        // Both default to what the quorum queues are set to, and need more of the clients than was deployed.
        yaml.Truth("oslomsg_rabbit_stream_fanout", false);
        yaml.Truth("oslomsg_rabbit_queue_manager", false);
    }

    private static void Login(YamlVariables yaml, MessagingBus bus, ClientService client, Passwords passwords)
    {
        string prefix = $"{client.Name.Replace('-', '_')}_oslomsg_{Kind(bus)}";
        yaml.String($"{prefix}_userid", TransportUrl.Escape(bus.UserName ?? ""));
        if (bus.Password is { } password)
        {
            yaml.String($"{prefix}_password", passwords == Passwords.Revealed ? TransportUrl.Escape(password.Reveal()) : Secret.Redacted);
        }

        yaml.String($"{prefix}_vhost", TransportUrl.Escape(bus.VirtualHost ?? "/"));
    }

    // What its roles have no variable for goes through the door that they keep for any option.
    private static void Overrides(YamlVariables yaml, ClientSettings settings, ClientService client)
    {
        KeyValuePair<string, IReadOnlyDictionary<string, string>>[] sections =
        [
            .. settings.Groups
                .Select(group => KeyValuePair.Create<string, IReadOnlyDictionary<string, string>>(
                    group.Key,
                    group.Value.RemoveRange(QueueOptions.Select(option => option.Option).Append("ssl_ca_file"))))
                .Where(section => section.Value.Count > 0),
        ];
        if (sections.Length > 0 && !client.HasUrlOnly)
        {
            string file = Path.GetFileNameWithoutExtension(client.File).Replace('-', '_');
            yaml.Sections($"{client.Name.Replace('-', '_')}_{file}_conf_overrides", sections);
        }
    }

    private static string Kind(MessagingBus bus) => bus.Kind == MessagingKind.Rpc ? "rpc" : "notify";
}
