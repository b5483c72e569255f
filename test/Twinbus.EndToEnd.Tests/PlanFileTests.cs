using Twinbus.Testing;

namespace Twinbus.EndToEnd.Tests;

/// <summary>Look at a plan now, deploy exactly that later.</summary>
[Trait("Needs", "Root")]
[Trait("Needs", "Broker")]
public sealed class PlanFileTests
{
    [Fact]
    public async Task WhatWasLookedAtIsDeployedAndNothingElse()
    {
        Deployed deployed = new();
        using TemporaryDirectory directory = new();
        string plan = directory["site.plan"];
        string site = directory.Write("site.yaml", "parameter_defaults:\n  RpcHealthTimeout: 21\n");
        try
        {
            string[] looked = await deployed.ChangesAsync(3, "plan", "-e", site, "--out", plan);
            Assert.False(Directory.Exists(deployed.Path));

            // A file that was looked at gets another word: nothing is touched anywhere.
            await File.AppendAllTextAsync(site, "# a word\n", TestContext.Current.CancellationToken);
            Ended moved = (await deployed.RunAsync("deploy", plan)).With(1);
            Assert.Contains($"{site} has another content", moved.Error, StringComparison.Ordinal);
            Assert.Empty(deployed.Processes());
            await File.WriteAllTextAsync(site, "parameter_defaults:\n  RpcHealthTimeout: 21\n", TestContext.Current.CancellationToken);

            Assert.Equal(looked, await deployed.ChangesAsync(0, "deploy", plan));
            string text = await File.ReadAllTextAsync(plan, TestContext.Current.CancellationToken);
            Assert.All(deployed.Secrets().Values, secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));

            string[] before = Lasting(deployed);
            Ended again = (await deployed.RunAsync("deploy", plan)).With(1);
            Assert.Contains("deployed already", again.Error, StringComparison.Ordinal);
            Assert.Equal(before, Lasting(deployed));
        }
        finally
        {
            await deployed.DisposeAsync();
        }
    }

    [Fact]
    public async Task AHostThatMovedOnIsNamedAndNothingIsChanged()
    {
        Deployed deployed = new();
        using TemporaryDirectory directory = new();
        string plan = directory["site.plan"];
        try
        {
            (await deployed.RunAsync("up")).With(0);
            string configuration = $"/etc/twinbus/{deployed.Instance}/rabbitmq.conf";
            await File.AppendAllTextAsync(configuration, "# one\n", TestContext.Current.CancellationToken);
            Assert.NotEmpty(await deployed.ChangesAsync(3, "plan", "--out", plan));
            await File.AppendAllTextAsync(configuration, "# two\n", TestContext.Current.CancellationToken);
            string[] before = Lasting(deployed);

            Ended stale = (await deployed.RunAsync("deploy", plan)).With(1);

            Assert.Contains("localhost", stale.Error, StringComparison.Ordinal);
            Assert.Contains(configuration, stale.Error, StringComparison.Ordinal);
            Assert.Equal(before, Lasting(deployed));
        }
        finally
        {
            await deployed.DisposeAsync();
        }
    }

    // Every run takes a lock in the deployment directory.
    private static string[] Lasting(Deployed deployed) =>
        [.. deployed.Files().Where(file => !file.StartsWith(deployed.Path + " ", StringComparison.Ordinal) && !file.StartsWith(deployed.Path + "/lock", StringComparison.Ordinal))];
}
