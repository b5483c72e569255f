using Twinbus.Testing.Lab;

namespace Twinbus.Lab.Tests.Secrets;

/// <summary>
/// Secrets of a clustered deployment with TLS are where they must be, and nowhere else: not in an argument or an environment of
/// any process on either end, not in output, logs, journals, temporary or other files.
/// </summary>
[Trait("Needs", "LabTrial")]
public sealed class SecretsTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly string[] Hosts = ["h1", "h2", "h3"];

    private readonly LabMachines lab = new("se", "10.97.0");
    private readonly Canaries canaries = new();
    private TwinbusOperator someone = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await lab.BootAsync(Hosts.Length);
        someone = await TwinbusOperator.OfAsync(output.WriteLine, [.. Hosts.Select(h => (lab, h, h))]);
    }

    public async ValueTask DisposeAsync()
    {
        someone?.Dispose();
        await lab.DisposeAsync();
    }

    [Fact]
    public async Task SecretsAreNowhereButWhereTheyAreKept()
    {
        await AssertThatPlantedOnesAreFoundAsync();

        string[] given = ["RpcPassword", "NotifyPassword", "RabbitCookie"];
        var file = someone.Write("site.yaml", "parameter_defaults:\n" + string.Concat(given.Select(name => $"  {name}: {canaries.New(name)}\n")));
        string[] tier = ["-i", "inventory.yaml", "-e", Path.Combine(LabMachines.Repository, "environments", "ssl", "all-ssl.yaml"), "-e", "site.yaml"];
        await using (var sampler = new ProcessSampler(canaries))
        {
            await Task.WhenAll(
                someone.RunAsync(0, ["deploy", "-v", "--accept-new-host-keys", .. tier]),
                LearnAsync());
            Assert.Contains("0 changed", (await someone.RunAsync(0, ["deploy", "-v", .. tier])).ReplaceLineEndings(" "), StringComparison.Ordinal);
            await someone.RunAsync(0, ["plan", "-v", "--format", "json", .. tier]);
            await someone.RunAsync(0, "health", "-v");
            await someone.RunAsync(0, "health", "-v", "--format", "json");
            foreach (var what in (string[][])[["show", "urls"], ["show", "config"], ["show", "parameters"], ["show", "paths"], ["passwords", "list"]])
            {
                await someone.RunAsync(0, [.. what, "-v"]);
                await someone.RunAsync(0, [.. what, "-v", "--format", "json"]);
            }

            File.AppendAllText(file, "  RabbitTCPBacklog: 2048\n");
            await someone.RunAsync(3, ["plan", "-v", .. tier]);
            await someone.RunAsync(0, ["deploy", "-v", "--format", "json", .. tier]);
            AssertNoneSeen(sampler);
        }

        AssertKeptByTheirOwner();
        foreach (var host in Hosts)
        {
            await AssertOnlyTheBrokerHasThemAsync(host);
        }

        await using (var sampler = new ProcessSampler(canaries))
        {
            await someone.RunAsync(0, "down", "-v");
            AssertNoneSeen(sampler);
        }

        Assert.All(someone.Said, said => Assert.False(canaries.In(said.Text).Any(), $"twinbus {said.Arguments} printed {string.Join(", ", canaries.In(said.Text))}"));
        Assert.Equal([file], FilesHere().Select(f => f.Path));
        foreach (var host in Hosts)
        {
            Assert.Empty(await FilesOfAsync(host, canaries.Texts.Values));
            Assert.Equal("0", await JournalOfAsync(host, canaries.Texts.Values));
        }
    }

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

        await lab.InsideAsync("h2", $"echo {argument} > /tmp/planted; logger planted {argument}; journalctl --sync");
        Assert.Equal(["/tmp/planted"], (await FilesOfAsync("h2", [argument])).Select(f => f.Path));
        Assert.NotEqual("0", await JournalOfAsync("h2", [argument]));
        await lab.InsideAsync("h2", "rm /tmp/planted");
    }

    // Secrets and keys are written before any host is touched; from then on they are looked for too.
    private async Task LearnAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!File.Exists(Path.Combine(someone.Deployment, "secrets.json")))
        {
            await timer.WaitForNextTickAsync(Cancellation);
        }

        canaries.AddDeployment(someone.Deployment);
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
                path == Path.Combine(someone.Directory, "site.yaml") || path == Path.Combine(someone.Deployment, "secrets.json")
                || (path.StartsWith(Path.Combine(someone.Deployment, "certificates"), StringComparison.Ordinal) && path.EndsWith(".pem", StringComparison.Ordinal)),
                $"{path} holds a secret");
        }
    }

    // The operator's directory, and whatever is temporary on this machine but for the hosts' own file systems.
    private (string Path, UnixFileMode Mode)[] FilesHere() =>
    [
        .. ((string[])["/tmp", "/var/tmp", "/run", "/var/log", "/etc"])
            .SelectMany(root => Directory.EnumerateFiles(root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Device }))
            .Where(path => !path.StartsWith("/var/tmp/twinbus-lab/", StringComparison.Ordinal))
            .Where(HoldsOne)
            .Select(path => (path, File.GetUnixFileMode(path))),
    ];

    private bool HoldsOne(string path)
    {
        try
        {
            return new FileInfo(path) is { Length: < 64 * 1024 * 1024 } && canaries.In(File.ReadAllBytes(path)).Any();
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // Another program's, and removed by it meanwhile.
            return false;
        }
    }

    private async Task AssertOnlyTheBrokerHasThemAsync(string host)
    {
        const string User = "twinbus-default-messaging";
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

        Assert.Contains(files, f => f is { Path: "/var/lib/twinbus/default-messaging/.erlang.cookie", Mode: "400" });
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
