using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;
using Twinbus.Deployment.Secrets;
using Twinbus.Hosts;
using Xunit;

namespace Twinbus.Deployment.Clients.Tests;

/// <summary>The pairs of puppet-openstacklib's own conformance tests, and what oslo.messaging's parser asks beyond them.</summary>
public sealed class TransportUrlTextTests
{
    private const string Address = "fe80::ca5b:76ff:fe4b:be3b";

    private static readonly MessagingService Service = new()
    {
        Name = "rpc",
        Kind = MessagingKind.Rpc,
        Backend = "rabbitmq",
        Transport = "rabbit",
        Endpoints = [new MessagingEndpoint("127.0.0.1", 5672)],
    };

    [Fact]
    public void HostAlone() => Assert.Equal("rabbit://127.0.0.1:5672/", Url(Service));

    [Fact]
    public void AddressOfVersionSixIsBracketed() => Assert.Equal(
        $"rabbit://[{Address}]:5672/", Url(Service with { Endpoints = [new MessagingEndpoint(Address, 5672)] }));

    [Fact]
    public void HostWithoutPort() => Assert.Equal(
        "rabbit://127.0.0.1/", TransportUrlText.Write(Bus with { Endpoints = [new MessagingEndpoint("127.0.0.1", 0)] }, [], Passwords.Hidden));

    [Fact]
    public void EverythingInTripleOsOrder() => Assert.Equal(
        "rabbit://guest:s3cr3t@127.0.0.1:5672/virt?read_timeout=60&ssl=1",
        Url(Service with
        {
            UserName = "guest",
            PasswordName = "P",
            VirtualHost = "virt",
            Query = [new UrlOption("read_timeout", "60")],
            Tls = new ClientTls(),
        }));

    // TripleO's pair has the address of version 6 first, which Python's parser has come to refuse.
    [Fact]
    public void EachOfSeveralHostsHasTheCredentialsAndBracketsComeLast() => Assert.Equal(
        $"rabbit://guest:s3cr3t@1.1.1.1:5672,guest:s3cr3t@[{Address}]:5672/",
        Url(Service with
        {
            UserName = "guest",
            PasswordName = "P",
            Endpoints = [new MessagingEndpoint(Address, 5672), new MessagingEndpoint("1.1.1.1", 5672)],
        }));

    [Fact]
    public void WithoutUserBracketsComeFirst() => Assert.Equal(
        $"rabbit://[{Address}]:5672,1.1.1.1:5672/",
        Url(Service with { Endpoints = [new MessagingEndpoint("1.1.1.1", 5672), new MessagingEndpoint(Address, 5672)] }));

    [Fact]
    public void WithoutUserThereIsNoPassword() => Assert.Equal(
        "rabbit://127.0.0.1:5672/virt?read_timeout=60",
        Url(Service with { PasswordName = "P", VirtualHost = "virt", Query = [new UrlOption("read_timeout", "60")] }));

    [Fact]
    public void UserAndPasswordAreEncodedDownToTheUnreservedCharacters() => Assert.Equal(
        "rabbit://us%40er%3Ax:p%2Fq%3Fr%23s%25%20%2B%2C%24~-_.@127.0.0.1:5672/",
        TransportUrlText.Write(Bus with { UserName = "us@er:x", Password = new Secret("p/q?r#s% +,$~-_.") }, [], Passwords.Revealed));

    [Theory]
    [InlineData(null, "/")]
    [InlineData("/", "/")]
    [InlineData("rpc", "/rpc")]
    [InlineData("/rpc", "/%2Frpc")]
    [InlineData("a b/c?d", "/a%20b%2Fc%3Fd")]
    public void VirtualHostIsOnePathSegment(string? name, string path) => Assert.Equal(
        $"rabbit://127.0.0.1:5672{path}", TransportUrlText.Write(Bus with { VirtualHost = name }, [], Passwords.Hidden));

    [Fact]
    public void FileNamesInTheQueryStayReadable() => Assert.Equal(
        "rabbit://127.0.0.1:5672/?ssl_ca_file=/etc/a%26b.pem",
        TransportUrlText.Write(Bus, [new UrlOption("ssl_ca_file", "/etc/a&b.pem")], Passwords.Hidden));

    [Fact]
    public void PasswordIsHiddenUnlessAskedFor()
    {
        MessagingService service = Service with { UserName = "u", PasswordName = "P" };

        Assert.Equal("rabbit://u:***@127.0.0.1:5672/", TransportUrlText.Redacted(service));
        Assert.DoesNotContain("s3cr3t", TransportUrlText.Full(service, Keys).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void KafkaSaysTlsInItsOwnWords() => Assert.Equal(
        "kafka://u:s3cr3t@127.0.0.1:5672/?security_protocol=SASL_SSL",
        Url(Service with { Transport = "kafka", Kind = MessagingKind.Notify, UserName = "u", PasswordName = "P", Tls = new ClientTls() }));

    private static MessagingBus Bus { get; } = Shapes.Rpc with { Endpoints = Service.Endpoints, UserName = null, Password = null };

    private static DeploymentSecrets Keys { get; } = DeploymentSecrets.None.With("P", new Secret("s3cr3t"));

    private static string Url(MessagingService service) => TransportUrlText.Full(service, Keys).Reveal();
}
