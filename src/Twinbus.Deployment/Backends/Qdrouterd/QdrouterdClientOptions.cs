using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;

namespace Twinbus.Deployment.Backends.Qdrouterd;

internal sealed class QdrouterdClientOptions : ClientOptions
{
    public override string Scheme => "amqp";

    public override string Group => "oslo_messaging_amqp";

    public override int DefaultPort => 5672;

    // The name of a file alone switches TLS on in this driver.
    public override bool AsksForTls(IReadOnlyDictionary<string, string> query) =>
        base.AsksForTls(query) || query.ContainsKey("ssl_ca_file") || query.ContainsKey("ssl_cert_file");

    public override void Describe(BusNeeds needs)
    {
        MessagingBus bus = needs.Bus;
        if (bus.UserName is not null)
        {
            needs.Set("sasl_mechanisms", "PLAIN");
        }
        else if (bus.Tls?.CertificateFile is not null)
        {
            needs.Set("sasl_mechanisms", "EXTERNAL");
        }

        if (bus.Kind == MessagingKind.Notify)
        {
            needs.Doubt("a router stores nothing: a notification that nobody listens for blocks its sender for 30 seconds and is lost");
        }

        if (bus.Tls is not { } tls)
        {
            // A file name alone switches TLS on in this driver.
            needs.Off("ssl", "false");
            needs.Off("ssl_ca_file", "");
            needs.Off("ssl_cert_file", "");
            return;
        }

        needs.SetInUrl("ssl", "1");
        if (tls.CaFile is { } authority)
        {
            needs.Set("ssl_ca_file", authority);
        }

        if (tls.CertificateFile is { } certificate)
        {
            needs.Set("ssl_cert_file", certificate);
        }

        if (tls.KeyFile is { } key)
        {
            needs.Set("ssl_key_file", key);
        }
    }
}
