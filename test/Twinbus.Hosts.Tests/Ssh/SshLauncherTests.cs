using Twinbus.Hosts.Sessions;
using Twinbus.Hosts.Ssh;

namespace Twinbus.Hosts.Tests.Ssh;

/// <summary>What the OpenSSH client says, and what is made of it. The accounts are its own (<c>ssh -v</c>), shortened.</summary>
public sealed class SshLauncherTests
{
    private const string ThroughJumpHost = """
        debug1: Executing proxy command: exec ssh -l deploy -v -W '[10.96.0.12]:22' 10.96.0.11
        debug1: Authenticating to 10.96.0.11:22 as 'deploy'
        debug1: Server host key: ssh-ed25519 SHA256:jump

        """;

    private const string ToTheHost = """
        debug1: Host '10.96.0.11' is known and matches the ED25519 host key.
        debug1: Authenticating to 10.96.0.12:22 as 'deploy'
        debug1: Server host key: ssh-ed25519 SHA256:host

        """;

    private readonly SshLauncher route = new("h2", new SshConnection { Address = "10.96.0.12", User = "deploy" }, knownHosts: null, acceptNewHostKeys: false);

    [Fact]
    public void AJumpHostWhoseKeyIsNotKnownIsNamedWithItsFingerprint()
    {
        var failure = route.Explain(255, ThroughJumpHost + """
            Host key verification failed.
            kex_exchange_identification: Connection closed by remote host
            Connection closed by UNKNOWN port 65535
            """);

        Assert.Equal(HostFailureReason.HostKey, failure.Reason);
        Assert.Contains("10.96.0.11, a jump host", failure.What, StringComparison.Ordinal);
        Assert.Contains("SHA256:jump", failure.Why, StringComparison.Ordinal);
        Assert.DoesNotContain("--accept-new-host-keys", failure.Next, StringComparison.Ordinal);
    }

    [Fact]
    public void AHostBehindAJumpHostWhoseKeyIsNotKnownIsNamedWithItsOwnFingerprint()
    {
        var failure = route.Explain(255, ThroughJumpHost + ToTheHost + """
            No ED25519 host key is known for 10.96.0.12 and you have requested strict checking.
            Host key verification failed.
            """);

        Assert.Equal("The SSH key of 10.96.0.12 is not known.", failure.What);
        Assert.Contains("SHA256:host", failure.Why, StringComparison.Ordinal);
        Assert.Contains("--accept-new-host-keys", failure.Next, StringComparison.Ordinal);
    }

    [Fact]
    public void AProxyCommandThatDidNotComeToTheHostIsToBlame()
    {
        var failure = route.Explain(255, """
            debug1: Executing proxy command: exec ssh -W 10.96.0.12:22 bastion
            Host key verification failed.
            Connection closed by UNKNOWN port 65535
            """);

        Assert.Contains("ProxyCommand", failure.What, StringComparison.Ordinal);
    }

    [Fact]
    public void AKeyThatChangedIsForgottenWhereItIsKept()
    {
        var failure = route.Explain(255, """
            @    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
            The fingerprint for the ED25519 key sent by the remote host is
            SHA256:host.
            Offending ED25519 key in /srv/op/.ssh/known_hosts:4
              remove with:
              ssh-keygen -f "/srv/op/.ssh/known_hosts" -R "10.96.0.12"
            Host key verification failed.
            """);

        Assert.Contains("SHA256:host", failure.Why, StringComparison.Ordinal);
        Assert.EndsWith("""then: ssh-keygen -f "/srv/op/.ssh/known_hosts" -R "10.96.0.12" """.TrimEnd(), failure.Next, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("deploy@10.96.0.12: Permission denied (publickey).", "10.96.0.12 refused the login of deploy.", "ssh-copy-id deploy@10.96.0.12")]
    [InlineData("op@10.96.0.11: Permission denied (publickey).\nkex_exchange_identification: Connection closed by remote host", "A jump host on the way to 10.96.0.12 refused the login.", "jump host")]
    public void WhoeverRefusedTheLoginIsNamed(string said, string what, string next)
    {
        var failure = route.Explain(255, said);

        Assert.Equal((HostFailureReason.NotPermitted, what, said.Split('\n')[0]), (failure.Reason, failure.What, failure.Why));
        Assert.Contains(next, failure.Next, StringComparison.Ordinal);
    }

    [Fact]
    public void SudoIsAskedToSpeakInItsOwnWords()
    {
        Assert.Equal(["env", "LC_ALL=C", "sudo", "-n", "--", "/agent"], route.AsRoot(["/agent"]));
        Assert.Equal("The user is not root, and there is no sudo.", route.Explain(127, "env: \u201esudo\u201c: Datei oder Verzeichnis nicht gefunden").What);
        Assert.Equal("The user is not root, and there is no sudo.", new SudoLauncher("here").Explain(127, "env: 'sudo': No such file or directory").What);
        Assert.Equal(HostFailureReason.NoAgent, route.Explain(127, "bash: line 1: /usr/local/lib/twinbus/agent: No such file or directory").Reason);
        Assert.Equal(HostFailureReason.NoAgent, route.Explain(1, "sudo: /usr/local/lib/twinbus/agent: command not found").Reason);
    }

    [Fact]
    public void WhatAConfigurationAsksForAtAKeyboardIsLeftOut()
    {
        var arguments = route.Start(["/agent"]).ArgumentList;

        Assert.Contains("RemoteCommand=none", arguments);
        Assert.Contains("ClearAllForwardings=yes", arguments);
    }
}
