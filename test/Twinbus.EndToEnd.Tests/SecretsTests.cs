using System.Diagnostics;
using Twinbus.Testing;

namespace Twinbus.EndToEnd.Tests;

/// <summary>A password that is easy to search for is found nowhere but where it is kept.</summary>
[Trait("Needs", "Root")]
[Trait("Needs", "Broker")]
public sealed class SecretsTests
{
    private const string Canary = "CanaryPassword0123456789abcdefghijk";

    [Fact]
    public async Task NoSecretIsSeenInArgumentsEnvironmentsOutputsOrReadableFiles()
    {
        using TemporaryDirectory directory = new();
        string file = directory.Write("given.yaml", $"parameter_defaults:\n  RpcPassword: {Canary}rpc\n  NotifyPassword: {Canary}notify\n  NotifyUserName: canary-notify\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Deployed deployed = new();
        try
        {
            using Process up = TwinbusProcess.Start(["up", "-v", "-d", deployed.Path, "-e", file]);
            Task<string> output = up.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            List<string> seen = [];
            string said = "";

            // Each line of progress is a moment to look at.
            while (await up.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                said += line + "\n";
                seen.AddRange(ProcessTable.Exposed().Where(process => process.Text.Contains(Canary, StringComparison.Ordinal)).Select(process => process.Text));
            }

            await up.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(up.ExitCode == 0, said);
            Assert.Empty(seen);
            Assert.DoesNotContain(Canary, said, StringComparison.Ordinal);
            Assert.DoesNotContain(Canary, await output, StringComparison.Ordinal);

            string[] secrets = [.. deployed.Secrets().Values];
            Assert.Contains($"{Canary}rpc", secrets);
            Assert.Contains(secrets, secret => !secret.Contains(Canary, StringComparison.Ordinal));
            Assert.Empty(FilesThatShow(secrets));
            Assert.DoesNotContain(ProcessTable.Exposed(), process => secrets.Any(secret => process.Text.Contains(secret, StringComparison.Ordinal)));
        }
        finally
        {
            await deployed.DisposeAsync();
        }

        // Everything that others than the owner and the broker's own group may read, and all logs whoever may.
        IEnumerable<string> FilesThatShow(string[] secrets) => new[] { "/etc/twinbus", "/var/lib/twinbus", "/var/log/twinbus", "/run/twinbus", deployed.Path }
            .Where(Directory.Exists)
            .SelectMany(root => Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
            .Where(path => path.StartsWith("/var/log/", StringComparison.Ordinal) || (File.GetUnixFileMode(path) & UnixFileMode.OtherRead) != 0)
            .Where(path => secrets.Any(secret => File.ReadAllText(path).Contains(secret, StringComparison.Ordinal)));
    }
}
