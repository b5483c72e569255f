using Twinbus.Deployment.Model;
using Twinbus.Testing;
using Xunit;

namespace Twinbus.Deployment.Certificates.Tests;

public sealed class CertificateStoreTests : IDisposable
{
    private const string Instance = "rpc";
    private static readonly CertificateOrder Order = Workshop.Order(new InstanceTls { VerifyClients = true }, "node1", "node2");

    private readonly TemporaryDirectory directory = new();
    private readonly Workshop workshop = new();
    private readonly CertificateStore store;

    public CertificateStoreTests() => store = new CertificateStore(directory.Path);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task WhatIsKeptIsReadBack()
    {
        InstanceCertificates made = workshop.Prepare(Order);

        await store.WriteAsync(Instance, made, Cancellation);

        Assert.True((await store.ReadAsync(Instance, Cancellation)).SameAs(made));
    }

    [Fact]
    public async Task InstanceWithoutCertificatesHasNone() =>
        Assert.True((await store.ReadAsync(Instance, Cancellation)).SameAs(InstanceCertificates.None));

    [Fact]
    public async Task AllIsForTheOwnerOnly()
    {
        await store.WriteAsync(Instance, workshop.Prepare(Order), Cancellation);

        string[] files = [.. Directory.EnumerateFiles(directory.Path, "*", SearchOption.AllDirectories)];
        Assert.Equal(
            ["ca.pem", "client.pem", "node1.pem", "node2.pem", "trusted.pem"],
            files.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
        Assert.All(
            Directory.EnumerateDirectories(directory.Path, "*", SearchOption.AllDirectories),
            folder => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder)));
    }

    [Fact]
    public async Task WhatClientsTrustHoldsNoKey()
    {
        await store.WriteAsync(Instance, workshop.Prepare(Order), Cancellation);

        Assert.DoesNotContain("PRIVATE KEY", await File.ReadAllTextAsync(store.TrustedPath(Instance), Cancellation));
    }

    [Fact]
    public async Task FileThatIsAsItShallBeIsNotWrittenAgain()
    {
        InstanceCertificates made = workshop.Prepare(Order);
        await store.WriteAsync(Instance, made, Cancellation);
        DateTime longAgo = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        string[] files = [.. Directory.EnumerateFiles(directory.Path, "*", SearchOption.AllDirectories)];
        Array.ForEach(files, file => File.SetLastWriteTimeUtc(file, longAgo));

        await store.WriteAsync(Instance, made, Cancellation);

        Assert.All(files, file => Assert.Equal(longAgo, File.GetLastWriteTimeUtc(file)));
    }

    [Fact]
    public async Task LooseModeIsMended()
    {
        InstanceCertificates made = workshop.Prepare(Order);
        await store.WriteAsync(Instance, made, Cancellation);
        File.SetUnixFileMode(store.ClientPath(Instance), UnixFileMode.UserRead | UnixFileMode.OtherRead);

        await store.WriteAsync(Instance, made, Cancellation);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(store.ClientPath(Instance)));
    }

    [Fact]
    public async Task CertificatesOfAHostThatLeftAndOfClientsNoLongerVerifiedAreRemoved()
    {
        InstanceCertificates made = workshop.Prepare(Order);
        await store.WriteAsync(Instance, made, Cancellation);

        await store.WriteAsync(Instance, made with { Hosts = made.Hosts.Remove("node2"), Client = null }, Cancellation);

        InstanceCertificates kept = await store.ReadAsync(Instance, Cancellation);
        Assert.Equal(["node1"], kept.Hosts.Keys);
        Assert.False(File.Exists(store.ClientPath(Instance)));
    }

    [Fact]
    public async Task DamagedPairIsIssuedAgain()
    {
        await store.WriteAsync(Instance, workshop.Prepare(Order), Cancellation);
        directory.Write("certificates/rpc/hosts/node1.pem", "cut short");

        PreparedCertificates prepared = workshop.Prepare(await store.ReadAsync(Instance, Cancellation), Order);

        Assert.Equal(["new certificate of node1: there is none yet"], prepared.Changes);
    }

    [Fact]
    public async Task DamagedAuthorityIsAnErrorSinceClientsTrustIt()
    {
        string file = directory.Write("certificates/rpc/ca.pem", "# format: twinbus-certificates 1\ncut short");

        DeploymentException failure = await Assert.ThrowsAsync<DeploymentException>(() => store.ReadAsync(Instance, Cancellation));

        Assert.Equal(
            $"{file}: not what Twinbus wrote: there is no certificate in it; restore the file from a backup; without it, "
            + "remove it, run twinbus deploy, and give clients the new trusted.pem beside it",
            failure.Message);
    }

    [Theory]
    [InlineData("# format: twinbus-certificates 2\n", "written by another version of Twinbus: its format is twinbus-certificates version 2, and this version reads twinbus-certificates version 1; run the version of Twinbus that wrote it, or name another directory with -d")]
    [InlineData("", "not what this version of Twinbus writes: it names no format, and this version reads twinbus-certificates version 1; restore the file from a backup, or run the version of Twinbus that wrote it")]
    public async Task CertificatesOfAnotherVersionAreRefusedWithTheWayOut(string head, string expected)
    {
        await store.WriteAsync(Instance, workshop.Prepare(Order), Cancellation);
        string file = directory["certificates", "rpc", "ca.pem"];
        string kept = await File.ReadAllTextAsync(file, Cancellation);
        Assert.StartsWith("# format: twinbus-certificates 1\n", kept, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, head + kept[(kept.IndexOf('\n', StringComparison.Ordinal) + 1)..], Cancellation);

        DeploymentException failure = await Assert.ThrowsAsync<DeploymentException>(() => store.ReadAsync(Instance, Cancellation));

        Assert.Equal($"{file}: {expected}", failure.Message);
    }

    [Fact]
    public async Task ForgetLeavesNothing()
    {
        await store.WriteAsync(Instance, workshop.Prepare(Order), Cancellation);

        store.Forget();
        store.Forget();

        Assert.Empty(Directory.EnumerateFileSystemEntries(directory.Path));
    }
}
