using Twinbus.Testing.Lab;

namespace Twinbus.Lab.Tests;

/// <summary>Hosts that cannot be deployed to are named with the reason; the others finish the stage.</summary>
[Trait("Needs", "Lab")]
public sealed class BadHostTests : IAsyncLifetime
{
    private const string Full = "mount -t tmpfs -o size=64k tmpfs \"$0\" && head -c 64k /dev/zero > \"$0/ballast\"";

    private readonly LabMachines lab = new("bad", "10.102.0");
    private readonly Desk desk;

    public BadHostTests(ITestOutputHelper output) =>
        desk = new Desk(lab, "site", output.WriteLine, TestContext.Current.CancellationToken)
        {
            Roles = new Dictionary<string, string[]> { ["Controller"] = ["h1", "h2", "h3", "h4", "h5", "h6", "h7"] },
        };

    public async ValueTask InitializeAsync() => await desk.BootAsync();

    public async ValueTask DisposeAsync()
    {
        desk.Dispose();
        await lab.DisposeAsync();
    }

    /// <summary>Three minutes on two busy processors.</summary>
    [Fact]
    public async Task EachBadHostIsNamedWithItsReasonAndTheOthersFinishTheStage()
    {
        await lab.InsideAsync("h2", $"mkdir -p /usr/local/lib/twinbus; bash -c '{Full}' /usr/local/lib/twinbus");
        await lab.InsideAsync("h3", $"bash -c '{Full}' /var/cache/apt");
        await lab.InsideAsync("h4", "mv /etc/sudoers.d/deploy /srv/");
        await lab.InsideAsync("h5", "mv /var/lib/dpkg/status /srv/; cp --remove-destination /usr/lib/os-release /etc/os-release; sed -i 's/^PRETTY_NAME=.*/PRETTY_NAME=\"Another Linux 7\"/; s/^ID=.*/ID=another/' /etc/os-release");
        await lab.InsideAsync("h6", "mv /usr/bin/uname /srv/; printf '#!/bin/sh\\n[ \"$1\" = -m ] && echo riscv64 || exec /srv/uname \"$@\"\\n' > /usr/bin/uname; chmod 755 /usr/bin/uname");
        await lab.LabAsync("kill", "h7");

        using var run = desk.Deploy();
        var end = (await run.EndAsync()).With(1);
        var named = end.Error.Split('\n').SkipWhile(line => !line.StartsWith("twinbus: ", StringComparison.Ordinal)).ToList();
        Assert.Equal(["h2", "h3", "h4", "h5", "h6", "h7"], named.Where(line => line.StartsWith("twinbus: ", StringComparison.Ordinal)).Select(line => line.Split(' ')[1].TrimEnd(':')));
        AssertSays("h2", "disk is full", "No space left");
        AssertSays("h3", "rabbitmq-server", "space");
        AssertSays("h4", "may not run the host agent as root", "show sudoers");
        AssertSays("h5", "operating system is not supported", "Another Linux 7");
        AssertSays("h6", "riscv64", "x86_64 and aarch64");
        AssertSays("h7", "cannot be reached", lab.Address("h7"));
        Assert.Contains("install ok installed", await lab.InsideAsync("h1", "dpkg-query -W -f '${Status}' rabbitmq-server"), StringComparison.Ordinal);
        Assert.Equal("prepared, not configured", (await lab.InsideAsync(
            "h1", "[ -d /var/log/twinbus/site-messaging ] && echo -n prepared; [ -e /etc/twinbus/site-messaging/rabbitmq.conf ] || echo -n ', not configured'")).Trim());

        await lab.InsideAsync("h2", "umount /usr/local/lib/twinbus");
        await lab.InsideAsync("h3", "umount /var/cache/apt");
        await lab.InsideAsync("h4", "mv /srv/deploy /etc/sudoers.d/");
        await lab.InsideAsync("h5", "mv /srv/status /var/lib/dpkg/; cp /usr/lib/os-release /etc/os-release");
        await lab.InsideAsync("h6", "mv /srv/uname /usr/bin/");
        await lab.LabAsync("start", "h7");
        var mended = await desk.DeployWellAsync();
        Assert.DoesNotContain(mended.Changes, change => change.Contains("h1: package", StringComparison.Ordinal));
        Assert.Empty((await desk.DeployWellAsync()).Changes);

        void AssertSays(string host, params string[] words)
        {
            var about = string.Join('\n', named.SkipWhile(line => !line.StartsWith($"twinbus: {host}: ", StringComparison.Ordinal)).TakeWhile((line, i) => i == 0 || !line.StartsWith("twinbus: ", StringComparison.Ordinal)));
            Assert.All(words, word => Assert.Contains(word, about, StringComparison.Ordinal));
        }
    }
}
