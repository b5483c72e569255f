using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Kinds.Packages;

namespace Twinbus.Hosts.Tests.Kinds.Packages;

/// <summary>Installations that break off, with a script in the place of apt-get; the real one is in the tests on booted hosts.</summary>
public sealed class PackageConvergerTests : IDisposable
{
    private static readonly PackageResource App = new() { Package = "app" };

    private readonly TestHost host = new();

    public PackageConvergerTests()
    {
        Directory.CreateDirectory(host["usr/bin"]);
        Directory.CreateDirectory(host["usr/sbin"]);
        File.CreateSymbolicLink(host["usr/bin/apt-get"], Path.Combine(AppContext.BaseDirectory, "Kinds/Packages/apt-get"));
        File.CreateSymbolicLink(host["usr/bin/dpkg"], "/bin/true");
        Install("theirs");
    }

    public void Dispose() => host.Dispose();

    [Fact]
    public async Task WhatAnInstallationBringsAlongIsRemembered()
    {
        Assert.True((await host.DeployAsync(App)).Succeeded);

        Assert.Equal(new LedgerEntry("package", "app").With("packages", "app library"), Assert.Single(Ledger.Open(host.Layout, "test").Entries));
    }

    [Fact]
    public async Task WhatAnInstallationThatBrokeOffBroughtAlongIsRememberedByTheNextRunAndNothingElse()
    {
        host.Write("broken", "");
        Assert.False((await host.DeployAsync(App)).Succeeded);
        Assert.Contains("library", PackageStatus.Installed(host.Layout).Keys);
        File.Delete(host["broken"]);
        Install("theirs-too");

        Assert.True((await host.DeployAsync(App)).Succeeded);

        Assert.Equal(new LedgerEntry("package", "app").With("packages", "app library"), Assert.Single(Ledger.Open(host.Layout, "test").Entries));
    }

    [Fact]
    public async Task WhatAnInstallationBroughtAlongIsRememberedThoughTheRunWasKilledRightAfterIt()
    {
        host.Write("broken", "");
        Assert.False((await host.DeployAsync(App)).Succeeded);
        Install("app");

        Assert.True((await host.DeployAsync(App)).Succeeded);

        Assert.Equal(new LedgerEntry("package", "app").With("packages", "app library"), Assert.Single(Ledger.Open(host.Layout, "test").Entries));
    }

    private void Install(string package) => host.Write(
        "var/lib/dpkg/status",
        (File.Exists(host.Layout.PackageStatus) ? File.ReadAllText(host.Layout.PackageStatus) : "") + $"Package: {package}\nStatus: install ok installed\nVersion: 1.0\n\n");
}
