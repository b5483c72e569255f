using System.Security.Cryptography;
using Twinbus.Testing;

namespace Twinbus.EndToEnd.Tests;

/// <summary>A RabbitMQ that was installed by other means than the distribution's package is deployed from where it is.</summary>
[Trait("Needs", "Full")]
[Trait("Needs", "Root")]
[Trait("Needs", "Broker")]
public sealed class InstalledServerTests
{
    [Fact]
    public async Task AServerInADirectoryOfItsOwnIsDeployedAndAnswers()
    {
        using TemporaryDirectory directory = new();
        string name = $"e2e-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";
        string home = $"/opt/{name}/{Path.GetFileName(PackageHome())}";
        string site = directory.Write("site.yaml", $"parameter_defaults:\n  RabbitSource: installed\n  RabbitHome: {home}\n");
        try
        {
            Copy(PackageHome(), home);
            (await RunAsync("up", "-e", site, "-d", directory[name])).With(0);

            string program = Assert.Single(ProcessTable.Of($"twinbus-{name}-messaging"), process => process.CommandLine.Contains("beam.smp", StringComparison.Ordinal)).CommandLine;
            Assert.Contains($"{home}/", program, StringComparison.Ordinal);
            Assert.DoesNotContain("/usr/lib/rabbitmq/", program, StringComparison.Ordinal);
            (await RunAsync("health", "-d", directory[name])).With(0);
            Assert.Contains("0 changed", (await RunAsync("up", "-e", site, "-d", directory[name])).With(0).Output, StringComparison.Ordinal);
        }
        finally
        {
            await RunAsync("down", "-d", directory[name]);
            Directory.Delete($"/opt/{name}", recursive: true);
        }
    }

    private static Task<Ended> RunAsync(params string[] words) => TwinbusProcess.RunAsync(words);

    private static string PackageHome() => Assert.Single(Directory.GetDirectories("/usr/lib/rabbitmq/lib", "rabbitmq_server-*"));

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string directory in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, directory)));
        }

        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
        }
    }
}
