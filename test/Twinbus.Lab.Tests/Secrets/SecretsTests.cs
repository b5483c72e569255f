using System.IO.Enumeration;
using Twinbus.Testing.Lab;

namespace Twinbus.Lab.Tests.Secrets;

/// <summary>
/// Secrets of a clustered deployment with TLS are where they must be, and nowhere else: not in an argument or an environment of
/// any process on either end, not in output, logs, journals, temporary or other files.
/// </summary>
[Trait("Needs", "Lab")]
public sealed class SecretsTests : IAsyncLifetime
{
    private static readonly EnumerationOptions Everywhere = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Device };

    private readonly ITestOutputHelper output;
    private readonly LabMachines lab = new("se", "10.97.0");
    private readonly Canaries canaries = new();
    private readonly Desk desk;

    public SecretsTests(ITestOutputHelper output)
    {
        this.output = output;
        desk = new Desk(lab, "site", output.WriteLine, TestContext.Current.CancellationToken);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await desk.BootAsync();
        await desk.RunAsync(0, "--version");        // built before anything is watched
    }

    public async ValueTask DisposeAsync()
    {
        desk.Dispose();
        await lab.DisposeAsync();
    }

    [Fact]
    public async Task SecretsAreNowhereButWhereTheyAreKept()
    {
        await AssertThatPlantedOnesAreFoundAsync();

        string[] given = [.. ((string[])["RpcPassword", "NotifyPassword", "RabbitCookie"]).Select(name => $"{name}: {canaries.New(name)}")];
        await using (var sampler = new ProcessSampler(canaries))
        {
            await RunEverythingAsync(given);
            AssertNoneSeen(sampler);
        }

        AssertKeptByTheirOwner();
        foreach (var host in desk.Hosts)
        {
            await AssertOnlyTheBrokerHasThemAsync(host);
        }

        await using (var sampler = new ProcessSampler(canaries))
        {
            await desk.RunAsync(0, "down", "-v");
            AssertNoneSeen(sampler);
        }

        Assert.All(desk.Ended, run =>
        {
            var printed = canaries.In(run.Output + run.Error);
            Assert.False(printed.Any(), $"twinbus {run.Arguments} printed {string.Join(", ", printed)}");
        });
        Assert.Equal([Path.Combine(desk.Directory, "site.yaml")], FilesHere().Select(f => f.Path));
        foreach (var host in desk.Hosts)
        {
            Assert.Empty(await FilesOfAsync(host, canaries.Texts.Values));
            Assert.Equal("0", await JournalOfAsync(host, canaries.Texts.Values));
        }
    }

    // Whatever an operator does with a deployment, as talkative as it gets.
    private async Task RunEverythingAsync(string[] given)
    {
        string[] tier = TierWithTls(given);
        using (var first = desk.Start(["deploy", "-v", "--accept-new-host-keys", .. tier]))
        {
            await LearnAsync(first);
            (await first.EndAsync()).With(0);
        }

        Assert.Empty((await desk.RunAsync(0, ["deploy", "-v", .. tier])).Changes);
        await desk.RunAsync(0, ["plan", "-v", "--format", "json", .. tier]);
        foreach (var what in (string[][])[["health"], ["show", "urls"], ["show", "config"], ["show", "parameters"], ["show", "paths"], ["passwords", "list"]])
        {
            await desk.RunAsync(0, [.. what, "-v"]);
            await desk.RunAsync(0, [.. what, "-v", "--format", "json"]);
        }

        tier = TierWithTls([.. given, "RabbitTCPBacklog: 2048"]);
        await desk.RunAsync(3, ["plan", "-v", .. tier]);
        Assert.NotEmpty((await desk.RunAsync(0, ["deploy", "-v", "--format", "json", .. tier])).Output);
    }

    private string[] TierWithTls(string[] parameters) =>
        [.. desk.Tier(parameters), "-e", Path.Combine(LabMachines.Repository, "environments", "ssl", "all-ssl.yaml")];

    // A search that finds nothing shows something only if it finds what is there.
    private async Task AssertThatPlantedOnesAreFoundAsync()
    {
        var planted = new Canaries();
        var argument = planted.New("Argument");
        var variable = planted.New("Variable");
        await using (var sampler = new ProcessSampler(planted))
        {
            await lab.InsideAsync("h2", $"env PLANTED={variable} sleep 1; bash -c 'sleep 1; : {argument}'");
            Assert.Contains(sampler.Seen, seen => seen.StartsWith("Variable in environ", StringComparison.Ordinal));
            Assert.Contains(sampler.Seen, seen => seen.StartsWith("Argument in cmdline", StringComparison.Ordinal));
        }

        await lab.InsideAsync("h2", $"echo {argument} > /tmp/planted");
        Assert.Equal(["/tmp/planted"], (await FilesOfAsync("h2", [argument])).Select(f => f.Path));
        await lab.InsideAsync("h2", $"logger planted {argument}; journalctl --sync");
        Assert.NotEqual("0", await JournalOfAsync("h2", [argument]));
        await lab.InsideAsync("h2", "rm /tmp/planted");
    }

    // Secrets and keys are written before any host is changed; from then on they are looked for too.
    private async Task LearnAsync(ProgramRun deploy)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!File.Exists(Path.Combine(desk.DeploymentDirectory, "secrets.json")))
        {
            Assert.False(deploy.HasEnded, "The deploy ended and kept no secrets.");
            await timer.WaitForNextTickAsync(Cancellation);
        }

        canaries.AddDeployment(desk.DeploymentDirectory);
        output.WriteLine($"looking for {string.Join(", ", canaries.Texts.Keys)}");
        Assert.Contains("messaging.administrator", canaries.Texts.Keys);
        Assert.Contains(canaries.Texts.Keys, name => name.StartsWith("key of", StringComparison.Ordinal));
    }

    private void AssertNoneSeen(ProcessSampler sampler)
    {
        output.WriteLine($"all processes were read {sampler.Rounds} times");
        Assert.InRange(sampler.Rounds, 100, int.MaxValue);
        Assert.Empty(sampler.Seen);
    }

    private void AssertKeptByTheirOwner()
    {
        foreach (var (path, mode) in FilesHere())
        {
            output.WriteLine($"here: {mode} {path}");
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode);
            Assert.True(
                path == Path.Combine(desk.Directory, "site.yaml") || path == Path.Combine(desk.DeploymentDirectory, "secrets.json")
                || (path.StartsWith(Path.Combine(desk.DeploymentDirectory, "certificates"), StringComparison.Ordinal) && path.EndsWith(".pem", StringComparison.Ordinal)),
                $"{path} holds a secret");
        }
    }

    // The operator's directory, and whatever is temporary on this machine but for the hosts' own file systems.
    private (string Path, UnixFileMode Mode)[] FilesHere() =>
    [
        .. ((string[])["/tmp", "/var/tmp", "/run", "/var/log", "/etc"])
            .SelectMany(root => new FileSystemEnumerable<string>(root, (ref entry) => entry.ToFullPath(), Everywhere)
            {
                ShouldRecursePredicate = (ref directory) => directory.FileName is not "twinbus-lab",
                ShouldIncludePredicate = (ref file) => !file.IsDirectory,
            })
            .Where(HoldsOne)
            .Select(path => (path, File.GetUnixFileMode(path))),
    ];

    private bool HoldsOne(string path)
    {
        try
        {
            // A named pipe has no length, and reading it would wait for whoever writes.
            return new FileInfo(path) is { Length: > 0 and < 64 * 1024 * 1024 } && canaries.In(File.ReadAllBytes(path)).Any();
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // Another program's, and removed by it meanwhile.
            return false;
        }
    }

    private async Task AssertOnlyTheBrokerHasThemAsync(string host)
    {
        const string User = "twinbus-site-messaging";
        var files = await FilesOfAsync(host, canaries.Texts.Values);
        foreach (var (path, mode, owner) in files)
        {
            output.WriteLine($"{host}: {mode} {owner} {path}");
            Assert.True(
                path.StartsWith("/etc/twinbus/", StringComparison.Ordinal) || path.StartsWith("/var/lib/twinbus/", StringComparison.Ordinal),
                $"{path} on {host} holds a secret");
            Assert.EndsWith("0", mode, StringComparison.Ordinal);
            Assert.Contains(owner, (string[])["root:root", $"root:{User}", $"{User}:{User}"]);
        }

        Assert.Contains(files, f => f is { Path: "/var/lib/twinbus/site-messaging/.erlang.cookie", Mode: "400" });
        Assert.Equal("0", await JournalOfAsync(host, canaries.Texts.Values));
    }

    /// <summary>The files of a host that hold one of the secrets.</summary>
    private async Task<(string Path, string Mode, string Owner)[]> FilesOfAsync(string host, IEnumerable<string> secrets)
    {
        var found = await lab.InsideAsync(
            host,
            $"grep -rslF --devices=skip {Patterns(secrets)} /etc /root /home /tmp /var /run /usr/local /opt /srv | while read -r f; do stat -c '%a %U:%G %n' \"$f\"; done");
        return [.. found.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 3)).Select(w => (w[2], w[0], w[1]))];
    }

    /// <summary>How many lines of a host's journal hold one of the secrets.</summary>
    private async Task<string> JournalOfAsync(string host, IEnumerable<string> secrets) =>
        (await lab.InsideAsync(host, $"journalctl --no-pager -o export | grep -acF {Patterns(secrets)} || true")).Trim();

    private static string Patterns(IEnumerable<string> secrets) => string.Join(' ', secrets.Select(secret => $"-e '{secret}'"));
}
