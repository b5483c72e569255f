using Twinbus.Messaging.Interop.Peers;
using Twinbus.Testing.RabbitMq;
using Xunit;

[assembly: AssemblyFixture(typeof(RabbitMqFixture))]
[assembly: AssemblyFixture(typeof(PythonPeerFixture))]
