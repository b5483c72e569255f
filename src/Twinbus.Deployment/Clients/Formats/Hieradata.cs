using System.Collections.Immutable;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;
using Twinbus.Hosts;

namespace Twinbus.Deployment.Clients.Formats;

/// <summary>
/// Hieradata that puppet-tripleo's client profiles read. They build the URLs themselves: <c>SCHEME://USER:PASSWORD@HOST:PORT,.../?ssl=0|1</c>,
/// with nothing else in it.
/// </summary>
internal static class Hieradata
{
    // The class of each Puppet module that takes the options of [oslo_messaging_rabbit].
    private static readonly ImmutableDictionary<string, string> Classes = ImmutableDictionary.CreateRange(
        new[] { "ceilometer", "cinder", "designate", "heat", "ironic", "keystone", "manila", "neutron", "nova" }
            .Select(name => KeyValuePair.Create(name, name))
            .Append(KeyValuePair.Create("glance", "glance::notify::rabbitmq")));

    // How those classes call the options, up to Zed, TripleO's last release.
    private static readonly ImmutableDictionary<string, string> Parameters = new Dictionary<string, string>
    {
        ["amqp_durable_queues"] = "amqp_durable_queues",
        ["heartbeat_timeout_threshold"] = "rabbit_heartbeat_timeout_threshold",
        ["ssl_ca_file"] = "kombu_ssl_ca_certs",
        ["ssl_cert_file"] = "kombu_ssl_certfile",
        ["ssl_key_file"] = "kombu_ssl_keyfile",
    }.ToImmutableDictionary();

    // What its releases never had a word for and a client does without; its absence is said, as a comment.
    private const string Hardening = "ssl_enforce_hostname_verification";

    public static string Write(ClientSettings settings, Passwords passwords, ClientService? service)
    {
        YamlVariables yaml = new();
        yaml.Comment($"Messaging of {service?.Name ?? "all clients"} for puppet-tripleo, oslo.messaging {settings.Release}.");
        foreach (string warning in settings.Warnings)
        {
            yaml.Comment($"Warning: {warning}.");
        }

        Inexpressible inexpressible = new("hieradata of TripleO");
        foreach (ResolvedBus bus in settings.Buses)
        {
            Check(bus, inexpressible);
            yaml.Gap();
            Bus(yaml, bus.Bus, inexpressible.OnePort(bus.Bus), passwords);
        }

        DriverOptions(yaml, settings, service, inexpressible);
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
                "puppet-tripleo puts ssl=0 or ssl=1 into each URL, with which that driver does not start",
                "use --format text");
            return;
        }

        if (bus.VirtualHost is not (null or "" or "/"))
        {
            inexpressible.Add(
                $"that {bus.Name} has the virtual host {bus.VirtualHost}",
                "puppet-tripleo writes URLs without one",
                "give the service the virtual host /, or use --format text");
        }

        if (bus.UserName is null)
        {
            inexpressible.Add($"that {bus.Name} has no user", "puppet-tripleo takes guest then", "give the service a user, or use --format text");
        }

        string[] beyond = [.. resolved.Query.Select(option => option.Key).Where(key => key != "ssl")];
        if (beyond.Length > 0)
        {
            inexpressible.Add(
                $"that the transport URL of {bus.Name} has {string.Join(", ", beyond)}",
                "puppet-tripleo writes URLs with ssl and no other option",
                "deploy rpc and notify with the same kind of queues and CAs, or use --format text");
        }
    }

    private static void Bus(YamlVariables yaml, MessagingBus bus, int port, Passwords passwords)
    {
        string kind = bus.Kind == MessagingKind.Rpc ? "rpc" : "notify";
        string prefix = $"oslo_messaging_{kind}";
        string[] hosts = [.. TransportUrlText.Readable(bus).Select(endpoint => endpoint.Host)];
        yaml.String($"{prefix}_scheme", bus.Transport);
        yaml.List($"{prefix}_node_names", hosts);
        yaml.List($"messaging_{kind}_node_names", hosts);
        yaml.String($"{prefix}_short_bootstrap_node_name", hosts.Select(Short).Min(StringComparer.Ordinal)!);
        yaml.Number($"{prefix}_port", port);
        yaml.String($"{prefix}_user_name", bus.UserName ?? "");
        if (bus.Password is { } password)
        {
            yaml.String($"{prefix}_password", passwords == Passwords.Revealed ? password.Reveal() : Secret.Redacted);
        }

        yaml.String($"{prefix}_use_ssl", bus.Tls is null ? "false" : "true");
    }

    private static string Short(string host) =>
        host.Contains(':', StringComparison.Ordinal) || System.Net.IPAddress.TryParse(host, out _) ? host : host.Split('.')[0].ToLowerInvariant();

    private static void DriverOptions(YamlVariables yaml, ClientSettings settings, ClientService? service, Inexpressible inexpressible)
    {
        if (!settings.Groups.TryGetValue("oslo_messaging_rabbit", out ImmutableSortedDictionary<string, string>? options))
        {
            return;
        }

        foreach ((string option, string value) in options.Where(option => option.Key != Hardening && !Parameters.ContainsKey(option.Key)))
        {
            inexpressible.Add(
                $"[oslo_messaging_rabbit] {option} = {value}",
                "the Puppet modules of its last release, Zed, have no parameter for it",
                "deploy without what it is for, or use --format text");
        }

        foreach (ClientService client in service is null ? ClientService.All.Where(known => Classes.ContainsKey(known.Name)) : [service])
        {
            Class(yaml, client, options);
        }
    }

    private static void Class(YamlVariables yaml, ClientService client, ImmutableSortedDictionary<string, string> options)
    {
        yaml.Gap();
        foreach ((string option, string value) in options)
        {
            if (Classes.TryGetValue(client.Name, out string? type) && Parameters.TryGetValue(option, out string? parameter))
            {
                yaml.String($"{type}::{parameter}", value);
            }
            else
            {
                yaml.Comment($"{client.Name} also needs [oslo_messaging_rabbit] {option} = {value}; no parameter of its Puppet class is known here.");
            }
        }
    }
}
