using Twinbus.Deployment.Oslo;

namespace Twinbus.Deployment.Backends.ZeroMq;

internal sealed class ZeroMqClientOptions : ClientOptions
{
    public override string Scheme => "zmq";

    public override string Group => "oslo_messaging_zmq";

    // That of Redis, its matchmaker.
    public override int DefaultPort => 6379;

    public override string? TlsSwitch => null;

    public override void Describe(BusNeeds needs)
    {
        if (needs.Bus.Tls is not null)
        {
            needs.Wrong("asks for TLS on zmq", "the zmq driver of oslo.messaging has neither encryption nor authentication", "choose another backend, or switch TLS off for it", "UseSSL");
        }
    }
}
