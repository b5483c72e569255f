using System.Collections.Immutable;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;

namespace Twinbus.Deployment.Backends.Kafka;

internal sealed class KafkaClientOptions : ClientOptions
{
    private static readonly OsloVersion BracketsAddresses = new(14, 8, 0);

    public override string Scheme => "kafka";

    public override string Group => "oslo_messaging_kafka";

    public override int DefaultPort => 9092;

    public override string? TlsSwitch => null;

    public override bool AsksForTls(IReadOnlyDictionary<string, string> query) => query.GetValueOrDefault("security_protocol") is "SSL" or "SASL_SSL";

    public override ImmutableArray<string> TopicsOf(BrokerInstance instance) =>
        [.. instance.Settings.GetValueOrDefault("KafkaTopics", "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];

    public override void Describe(BusNeeds needs)
    {
        MessagingBus bus = needs.Bus;
        if (bus.Kind == MessagingKind.Rpc)
        {
            needs.Wrong("carries RPC on kafka", "the kafka driver of oslo.messaging sends notifications only", "choose rabbitmq for RPC");
        }

        if (bus.VirtualHost is not (null or "" or "/"))
        {
            needs.Doubt($"publishers append .{bus.VirtualHost} to each topic and listeners of oslo.messaging do not, so the two never meet; use no virtual host on Kafka");
        }

        if (needs.Release.Version < BracketsAddresses && bus.Endpoints.Any(endpoint => endpoint.Host.Contains(':', StringComparison.Ordinal)))
        {
            needs.Wrong(
                "has an IPv6 address",
                $"the kafka driver writes one without its brackets before 14.8.0, and the clients have {needs.Release}",
                "give the brokers by name",
                "Hosts");
        }

        Security(needs, bus);
    }

    private static void Security(BusNeeds needs, MessagingBus bus)
    {
        string protocol = (bus.UserName, bus.Tls) switch
        {
            (null, null) => "PLAINTEXT",
            (null, _) => "SSL",
            (_, null) => "SASL_PLAINTEXT",
            _ => "SASL_SSL",
        };
        if (protocol == "PLAINTEXT")
        {
            needs.Off("security_protocol", protocol);
            return;
        }

        needs.SetInUrl("security_protocol", protocol, "use newer clients: this release speaks neither TLS nor SASL with Kafka", bus.Tls is null ? "UserName" : "UseSSL");
        if (bus.UserName is not null)
        {
            needs.Set("sasl_mechanism", "PLAIN", parameter: "UserName");
        }

        if (bus.Tls?.CaFile is { } authority)
        {
            needs.Set("ssl_cafile", authority, parameter: "UseSSL");
        }

        if (bus.Tls?.CertificateFile is { } certificate)
        {
            needs.Set("ssl_client_cert_file", certificate, "ask for no client certificate, or use newer clients", "SSLVerifyClients");
        }

        if (bus.Tls?.KeyFile is { } key)
        {
            needs.Set("ssl_client_key_file", key, "ask for no client certificate, or use newer clients", "SSLVerifyClients");
        }
    }
}
