using Twinbus.Testing.RabbitMq;
using Xunit;

[assembly: AssemblyFixture(typeof(RabbitMqFixture))]
