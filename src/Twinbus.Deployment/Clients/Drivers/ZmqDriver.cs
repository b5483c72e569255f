namespace Twinbus.Deployment.Clients.Drivers;

internal sealed class ZmqDriver : ClientDriver
{
    public override string Scheme => "zmq";

    public override string Group => "oslo_messaging_zmq";

    public override void Describe(BusNeeds needs)
    {
        if (needs.Bus.Tls is not null)
        {
            needs.Wrong("asks for TLS on zmq", "the zmq driver of oslo.messaging has neither encryption nor authentication", "choose another backend, or switch TLS off for it", "UseSSL");
        }
    }
}
