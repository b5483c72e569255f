using Twinbus.Deployment.Clients;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Secrets;
using Twinbus.Hosts;
using Xunit;

namespace Twinbus.Deployment.Tests.Clients;

public sealed class TransportUrlTextTests
{
    private const string LinkLocal = "fe80::ca5b:76ff:fe4b:be3b";

    [Theory]
    [InlineData("127.0.0.1", null, null, "/", "rabbit://127.0.0.1:5672/")]
    [InlineData(LinkLocal, null, null, "/", "rabbit://[fe80::ca5b:76ff:fe4b:be3b]:5672/")]
    [InlineData("127.0.0.1", "guest", "s3cr3t", "virt", "rabbit://guest:s3cr3t@127.0.0.1:5672/virt")]
    [InlineData("localhost", "nova", null, "/", "rabbit://nova@localhost:5672/")]
    [InlineData("h", "a@b:c", "p/?#%@: +", "v/w", "rabbit://a%40b%3Ac:p%2F%3F%23%25%40%3A%20%2B@h:5672/v%2Fw")]
    [InlineData("h", "u", "p", "//", "rabbit://u:p@h:5672/%2F%2F")]
    public void ItIsWhatOsloMessagingReads(string hosts, string? user, string? password, string virtualHost, string expected)
    {
        MessagingService service = Service(hosts, user, password is null ? null : "RpcPassword", virtualHost);
        DeploymentSecrets secrets = password is null ? DeploymentSecrets.None : DeploymentSecrets.None.With("RpcPassword", new Secret(password));

        Assert.Equal(expected, TransportUrlText.Full(service, secrets).Reveal());
    }

    [Fact]
    public void TlsStandsInTheQuery() =>
        Assert.Equal(
            "rabbit://h:5672/?heartbeat_rate=3&ssl=1",
            TransportUrlText.Redacted(Service("h", null, null, "/") with { Tls = new ClientTls(), Query = [new("heartbeat_rate", "3")] }));

    [Fact]
    public void TheRedactedFormHidesThePassword() =>
        Assert.Equal("rabbit://u:***@h:5672/", TransportUrlText.Redacted(Service("h", "u", "RpcPassword", "/")));

    private static MessagingService Service(string hosts, string? user, string? passwordName, string virtualHost) => new()
    {
        Name = "rpc",
        Kind = MessagingKind.Rpc,
        Backend = "rabbitmq",
        Transport = "rabbit",
        Endpoints = [.. hosts.Split(',').Select(host => new MessagingEndpoint(host, 5672))],
        VirtualHost = virtualHost,
        UserName = user,
        PasswordName = passwordName,
    };
}
