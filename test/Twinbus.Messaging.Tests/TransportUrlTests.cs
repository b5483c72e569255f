using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Twinbus.Messaging.Tests;

public sealed class TransportUrlTests
{
    [Fact]
    public void AllPartsAreRead()
    {
        var url = TransportUrl.Parse("rabbit+x://u1:p%401@h1:5673,u2:p2@[::1]:5674/v%2F1/w?a=1&b=x+y&a=2");

        Assert.Equal(("rabbit+x", "rabbit", "v/1/w"), (url.Scheme, url.Driver, url.VirtualHost));
        Assert.Equal(
            [
                new TransportHost { Host = "h1", Port = 5673, Username = "u1", Password = "p@1" },
                new TransportHost { Host = "::1", Port = 5674, Username = "u2", Password = "p2" },
            ],
            url.Hosts);
        Assert.Equal("1,2", url.Query["a"]);
        Assert.Equal("x y", url.Query["b"]);
    }

    [Theory]
    [InlineData("rabbit://", null, null)]
    [InlineData("rabbit://h", "h", null)]
    [InlineData("rabbit://h/", "h", "")]
    [InlineData("rabbit://h//", "h", "/")]
    [InlineData("rabbit://h/%2F", "h", "/")]
    [InlineData("rabbit://h/%2Fv1", "h", "/v1")]
    [InlineData("rabbit://h/v#dropped", "h", "v")]
    [InlineData("RABBIT://h/V", "h", "V")]
    public void VirtualHostIsWhatTheOriginalReads(string text, string? host, string? virtualHost)
    {
        var url = TransportUrl.Parse(text);

        Assert.Equal(virtualHost, url.VirtualHost);
        Assert.Equal(host, url.Hosts.IsEmpty ? null : url.Hosts[0].Host);
        Assert.Equal("rabbit", url.Scheme);
    }

    [Theory]
    [InlineData("x://u@x:p@h", "u@x", "p")]
    [InlineData("x://u:p:q@h", "u", "p:q")]
    [InlineData("x://:pw@h", "", "pw")]
    [InlineData("x://u@h", "u", null)]
    [InlineData("x://u:@h", "u", "")]
    [InlineData("x://h", null, null)]
    [InlineData("x://u:a+b%2Bc@h", "u", "a+b+c")]
    [InlineData("x://u:100%@h", "u", "100%")]
    public void CredentialsAreWhatTheOriginalReads(string text, string? username, string? password)
    {
        TransportHost host = TransportUrl.Parse(text).Hosts[0];

        Assert.Equal((username, password, "h"), (host.Username, host.Password, host.Host));
    }

    [Fact]
    public void CredentialsAreNotInheritedByTheNextHost()
    {
        var url = TransportUrl.Parse("rabbit://u:p@h1,,h2");

        Assert.Equal(["h1", "h2"], url.Hosts.Select(host => host.Host));
        Assert.Null(url.Hosts[1].Username);
    }

    [Fact]
    public void TextFormHidesPasswordsAndRevealShowsThem()
    {
        var url = TransportUrl.Parse("rabbit://u:s%40cret@h1:1,u2:other@h2/v?ssl=true&x_password=third");

        Assert.Equal("rabbit://u:***@h1:1,u2:***@h2/v?ssl=true&x_password=***", url.ToString());
        Assert.Equal("rabbit://u:s%40cret@h1:1,u2:other@h2/v?ssl=true&x_password=third", url.Reveal());
        Assert.DoesNotContain("cret", url.Hosts[0].ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("h:5672", 0)]
    [InlineData("://h", 0)]
    [InlineData("ra_bbit://h", 2)]
    [InlineData("rabbit://h:port/", 11)]
    [InlineData("rabbit://h:0/", 11)]
    [InlineData("rabbit://h:65536/", 11)]
    [InlineData("rabbit://u:p/w@h:5672/", 11)]
    [InlineData("rabbit://[::1", 9)]
    [InlineData("rabbit://[::1]x", 14)]
    [InlineData("rabbit://u:%ff@h", 11)]
    public void ErrorSaysWhereAndNeverWhatTheTextWas(string text, int position)
    {
        TransportUrlException error = Assert.Throws<TransportUrlException>(() => TransportUrl.Parse(text));

        Assert.Equal(position, error.Position);
        Assert.Equal(MessagingErrorReason.InvalidTransportUrl, error.Reason);
    }

    [Fact]
    public void RevealedTextReadsBackAsTheSameUrl()
    {
        Prop.ForAll<NonNull<string>, NonNull<string>, NonNull<string>>((user, password, virtualHost) =>
        {
            var host = new TransportHost { Host = "h", Port = 1, Username = Clean(user), Password = Clean(password) };
            var url = new TransportUrl("rabbit", [host], Clean(virtualHost));
            return TransportUrl.Parse(url.Reveal()).Equals(url);
        }).QuickCheckThrowOnFailure();

        // Lone surrogates have no UTF-8.
        static string Clean(NonNull<string> text) => string.Concat(text.Get.EnumerateRunes().Where(rune => rune.Value != 0xFFFD));
    }
}
