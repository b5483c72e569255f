using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Twinbus.EndToEnd.Tests;

/// <summary>Two deployments that come to one machine at the same moment.</summary>
[Trait("Needs", "Root")]
[Trait("Needs", "Broker")]
public sealed class PortRaceTests
{
    private const string Ledgers = "/var/lib/twinbus/ledger";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task TwoFirstUpsThatChoseTheSamePortsBothWorkOnPortsOfTheirOwn()
    {
        Deployed one = new();
        Deployed two = new();
        try
        {
            string[] errors = await UpAtOnceAsync(one, two);

            int[][] ports = [await PortsAsync(one), await PortsAsync(two)];
            Assert.Empty(ports[0].Intersect(ports[1]));
            string loser = Assert.Single(errors, error => error.Contains(" is no longer free", StringComparison.Ordinal));
            string winner = ReferenceEquals(loser, errors[0]) ? two.Name : one.Name;
            Assert.Contains($"The deployment {winner} claimed it for twinbus-{winner}-messaging meanwhile.", loser, StringComparison.Ordinal);
            (await one.RunAsync("health")).With(0);
            (await two.RunAsync("health")).With(0);
            Assert.Empty(await one.ChangesAsync(0, "plan"));
            Assert.Empty(await two.ChangesAsync(0, "plan"));
        }
        finally
        {
            await one.DisposeAsync();
            await two.DisposeAsync();
        }
    }

    // Nobody may claim before both have planned on the same machine.
    private static async Task<string[]> UpAtOnceAsync(params Deployed[] deployments)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        Directory.CreateDirectory(Ledgers);
        using Process holder = Process.Start(new ProcessStartInfo("/usr/bin/flock", [Ledgers, "cat"]) { RedirectStandardInput = true })!;
        Process[] ups = [.. deployments.Select(deployed => TwinbusProcess.Start(["up", "-d", deployed.Path]))];
        try
        {
            Task<string>[] outputs = [.. ups.Select(up => up.StandardOutput.ReadToEndAsync(limit.Token))];
            string[] begun = await Task.WhenAll(ups.Select(up => UntilAsync(up, "reserving ports", limit.Token)));
            holder.StandardInput.Close();
            await holder.WaitForExitAsync(limit.Token);

            string[] ended = await Task.WhenAll(ups.Select(up => up.StandardError.ReadToEndAsync(limit.Token)));
            await Task.WhenAll(ups.Select(up => up.WaitForExitAsync(limit.Token)));
            string[] errors = [.. begun.Zip(ended, string.Concat)];
            foreach ((Process up, int index) in ups.Select((up, index) => (up, index)))
            {
                Assert.True(up.ExitCode == 0, $"It ended with {up.ExitCode}.\n{await outputs[index]}\n{errors[index]}");
            }

            return errors;
        }
        finally
        {
            foreach (Process process in ups.Append(holder).Where(process => !process.HasExited))
            {
                process.Kill(entireProcessTree: true);
            }

            Array.ForEach(ups, up => up.Dispose());
        }
    }

    private static async Task<string> UntilAsync(Process up, string phrase, CancellationToken cancellationToken)
    {
        List<string> said = [];
        while (await up.StandardError.ReadLineAsync(cancellationToken) is { } line)
        {
            said.Add(line + "\n");
            if (line.Contains(phrase, StringComparison.Ordinal))
            {
                return string.Concat(said);
            }
        }

        throw new InvalidOperationException($"It ended without \"{phrase}\":\n{string.Concat(said)}");
    }

    private static async Task<int[]> PortsAsync(Deployed deployed)
    {
        JsonNode tier = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(deployed.Path, "deployment.json")))!["model"]!;
        return [.. tier["instances"]![0]!["ports"]!.AsObject().Select(port => port.Value!.GetValue<int>())];
    }
}
