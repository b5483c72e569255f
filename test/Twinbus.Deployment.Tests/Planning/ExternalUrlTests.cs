using Twinbus.Deployment.Clients;
using Twinbus.Deployment.Planning;
using Xunit;

namespace Twinbus.Deployment.Tests.Planning;

/// <summary>A transport URL of somebody else's broker means to the deployment what it means to oslo.messaging and to our own driver.</summary>
public sealed class ExternalUrlTests : IDisposable
{
    private readonly Workplace workplace = new();

    public void Dispose() => workplace.Dispose();

    [Theory]
    [InlineData("rabbit://u:p@h/?ssl=1", true)]
    [InlineData("rabbit://u:p@h/?ssl=TRUE", true)]
    [InlineData("rabbit://u:p@h/?ssl=yes", true)]
    [InlineData("rabbit://u:p@h/?ssl=On", true)]
    [InlineData("rabbit://u:p@h/?ssl=off", false)]
    [InlineData("rabbit://u:p@h/?ssl=No", false)]
    [InlineData("rabbit://u:p@h/", false)]
    [InlineData("kafka://u:p@h/?security_protocol=SASL_SSL", true)]
    [InlineData("kafka://u:p@h/?security_protocol=SASL_PLAINTEXT", false)]
    [InlineData("amqp://u:p@h/?ssl_ca_file=/theirs.pem", true)]
    public async Task TlsIsReadAsOsloMessagingReadsIt(string url, bool tls)
    {
        PreparedDeployment prepared = await PrepareAsync("Notify", url);

        Assert.Equal(tls, prepared.Deployment.Service("notify")!.Tls is not null);
    }

    [Theory]
    [InlineData("t")]
    [InlineData("y")]
    [InlineData("maybe")]
    public async Task AFlagThatOsloConfigRefusesIsNotTakenForPlaintext(string value)
    {
        string problem = Assert.Single(await workplace.ProblemsOfAsync(Environment("Rpc", $"rabbit://u:p@h/?ssl={value}")));

        Assert.StartsWith("environment.yaml:5:20: RpcTransportURL", problem, StringComparison.Ordinal);
        Assert.Contains("ssl is neither true", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AValueThatAClientRefusesIsRefused()
    {
        string problem = Assert.Single(await workplace.ProblemsOfAsync(Environment("Rpc", "rabbit://u:p@h/?rabbit_quorum_queue=t&kombu_failover_strategy=shuffle")));

        Assert.Contains("rabbit_quorum_queue with a value that is neither true", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kafka://h/", "kafka://h:9092/")]
    [InlineData("kafka://h:1/", "kafka://h:1/")]
    [InlineData("amqp://u:p@[::1]/", "amqp://u:***@[::1]:5672/")]
    [InlineData("rabbit://u:p@h/?rabbit_qos_prefetch_count=1&heartbeat_rate=3", "rabbit://u:***@h:5672/?heartbeat_rate=3&rabbit_qos_prefetch_count=1")]
    public async Task AnAddressWithoutAPortHasThatOfItsDriver(string url, string shown)
    {
        PreparedDeployment prepared = await PrepareAsync("Notify", url);

        Assert.Equal(shown, TransportUrlText.Redacted(prepared.Deployment.Service("notify")!));
    }

    [Fact]
    public async Task TheMatchmakerOfASchemeStays()
    {
        PreparedDeployment prepared = await PrepareAsync("Rpc", "zmq+redis://h/");

        Assert.StartsWith("zmq+redis://h:6379/", TransportUrlText.Redacted(prepared.Deployment.Service("rpc")!), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Notify", "amqp://u:p@h/", "a router stores nothing")]
    [InlineData("Rpc", "amqp://u:p@h/cloud", "which has none")]
    [InlineData("Rpc", "zmq://u:p@h/", "which has no login")]
    public async Task ABrokerOfAnotherSchemeIsJudgedByWhatItIs(string prefix, string url, string said)
    {
        DeploymentSource source = await ReadAsync(prefix, url);

        Problem notice = Assert.Single(source.Notices, notice => notice.ToString().Contains(said, StringComparison.Ordinal));
        Assert.Equal((5, 17 + prefix.Length), (notice.Place!.Value.Line, notice.Place!.Value.Column));
    }

    [Theory]
    [InlineData("Rpc", "kafka://u:p@h/", "rabbit:// or amqp:// or zmq:// can carry rpc")]
    [InlineData("Notify", "zmq://h/", "rabbit:// or amqp:// or kafka:// can carry notify")]
    public async Task WhatABackendCannotCarryIsAnErrorWithTheWayOut(string prefix, string url, string next)
    {
        string[] problems = await workplace.ProblemsOfAsync(Environment(prefix, url));

        Assert.Contains(problems, problem => problem.StartsWith("environment.yaml:5:", StringComparison.Ordinal) && problem.Contains(next, StringComparison.Ordinal));
    }

    [Fact]
    public async Task AnOptionThatOnlySomeReleasesKnowIsNotedAndTaken()
    {
        PreparedDeployment prepared = await PrepareAsync("Rpc", "rabbit://u:p@h/?heartbeat_in_pthread=true");

        Assert.Contains("heartbeat_in_pthread=true", TransportUrlText.Redacted(prepared.Deployment.Service("rpc")!), StringComparison.Ordinal);
    }

    private async Task<PreparedDeployment> PrepareAsync(string prefix, string url) => workplace.Prepare(await ReadAsync(prefix, url));

    private Task<DeploymentSource> ReadAsync(string prefix, string url) => workplace.ReadTextAsync(Environment(prefix, url));

    private string Environment(string prefix, string url) => $"""
        resource_registry:
          OS::TripleO::Services::OsloMessaging{prefix}: {workplace.Shipped.Services}/messaging-{prefix.ToLowerInvariant()}-backend-external.yaml
          OS::TripleO::Services::OsloMessaging{Other(prefix)}: {workplace.Shipped.Services}/messaging-{Other(prefix).ToLowerInvariant()}-backend-rabbitmq.yaml
        parameter_defaults:
          {prefix}TransportURL: "{url}"

        """;

    private static string Other(string prefix) => prefix == "Rpc" ? "Notify" : "Rpc";
}
