using Twinbus.Hosts.Ssh;

namespace Twinbus.Hosts.Tests.Ssh;

public sealed class SshArgumentsTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("-o ProxyJump=b -4", "-o|ProxyJump=b|-4")]
    [InlineData("  -oProxyJump=b\t-J a,b ", "-oProxyJump=b|-J|a,b")]
    [InlineData("""-o ProxyCommand="ssh -W %h:%p 'a b'" """, "-o|ProxyCommand=ssh -W %h:%p 'a b'")]
    [InlineData("""-o 'ProxyCommand=nc "x" \y' """, """-o|ProxyCommand=nc "x" \y""")]
    [InlineData("""-i a\ b""", "-i|a b")]
    public void WordsAreThoseOfAShell(string text, string words)
    {
        Assert.Equal(words, string.Join('|', SshArguments.Split(text, out string problem)!.Value));
        Assert.Empty(problem);
    }

    [Theory]
    [InlineData("host", "host is not among")]
    [InlineData("-o A=b -W x:1", "-W is not among")]
    [InlineData("-L1:2:3", "-L1:2:3 is not among")]
    [InlineData("-o", "-o has no value")]
    [InlineData("-o 'A=b", "a quote in it is not closed")]
    public void OnlyOptionsThatSayHowAHostIsReachedAreTaken(string text, string why)
    {
        Assert.Null(SshArguments.Split(text, out string problem));
        Assert.StartsWith(why, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void TwinbussOwnOptionsComeFirstAndWin()
    {
        var connection = new SshConnection { Address = "h1", Arguments = "-o StrictHostKeyChecking=no -J bastion" };
        string[] arguments = [.. new SshLauncher("h1", connection, knownHosts: null, acceptNewHostKeys: false).Start(["true"]).ArgumentList];

        Assert.True(Array.IndexOf(arguments, "StrictHostKeyChecking=yes") < Array.IndexOf(arguments, "StrictHostKeyChecking=no"));
        Assert.Equal(["-J", "bastion", "--", "h1", "true"], arguments[^5..]);
    }
}
