using System.Collections.Immutable;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;
using Twinbus.Hosts;
using Twinbus.Messaging;

namespace Twinbus.Deployment.Clients.Formats;

/// <summary>
/// Variables for <c>globals.yml</c> of Kolla-Ansible with a broker that it did not make: whole URLs, as its guide to an external
/// RabbitMQ has them, with every option in them; and the parts that its health checks read.
/// </summary>
internal static class KollaVariables
{
    // Its templates write these into [oslo_messaging_rabbit] without asking; only a URL can say otherwise.
    private static readonly string[] WrittenAnyway = ["rabbit_quorum_queue", "rabbit_transient_quorum_queue", "use_queue_manager"];

    public static string Write(ClientSettings settings, Passwords passwords)
    {
        YamlVariables yaml = new();
        yaml.Comment($"Messaging of all clients for Kolla-Ansible, oslo.messaging {settings.Release}.");
        foreach (string warning in settings.Warnings)
        {
            yaml.Comment($"Warning: {warning}.");
        }

        if (settings.Buses.Any(bus => bus.Bus.Tls is not null))
        {
            yaml.Comment("The files named must be inside its containers: see kolla_copy_ca_into_containers.");
        }

        yaml.Truth("enable_rabbitmq", false);
        foreach (ResolvedBus bus in settings.Buses)
        {
            yaml.Gap();
            Bus(yaml, bus, settings.Release, passwords);
        }

        // Said per bus in the URLs.
        yaml.Gap();
        yaml.Truth("om_enable_rabbitmq_tls", false);
        yaml.Truth("om_enable_rabbitmq_stream_fanout", false);
        return yaml.ToString();
    }

    private static void Bus(YamlVariables yaml, ResolvedBus resolved, OsloRelease release, Passwords passwords)
    {
        MessagingBus bus = resolved.Bus;
        string kind = bus.Kind == MessagingKind.Rpc ? "rpc" : "notify";
        yaml.String($"om_{kind}_transport", bus.Transport);
        if (bus.UserName is { } user)
        {
            yaml.String($"om_{kind}_user", TransportUrl.Escape(user));
        }

        if (bus.Password is { } password)
        {
            yaml.String($"om_{kind}_password", passwords == Passwords.Revealed ? TransportUrl.Escape(password.Reveal()) : Secret.Redacted);
        }

        yaml.Number($"om_{kind}_port", bus.Endpoints[0].Port);
        if (bus.VirtualHost is { } virtualHost)
        {
            yaml.String($"om_{kind}_vhost", TransportUrl.Escape(virtualHost));
        }

        string url = TransportUrlText.Write(bus, Query(resolved, release), passwords);
        yaml.String($"{kind}_transport_url", url);
        yaml.String($"nova_cell_{kind}_transport_url", url);
    }

    private static ImmutableArray<UrlOption> Query(ResolvedBus resolved, OsloRelease release)
    {
        if (resolved.Bus.Queues is null)
        {
            return resolved.Query;
        }

        return
        [
            .. resolved.Query,
            .. WrittenAnyway
                .Where(option => release.Knows(resolved.Group, option) && resolved.Query.All(given => given.Key != option))
                .Select(option => new UrlOption(option, "false")),
        ];
    }
}
