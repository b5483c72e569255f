using Twinbus.Hosts.Plans;

namespace Twinbus.Hosts.Tests.Kinds.Files;

public sealed class FileConvergerTests : IDisposable
{
    private readonly TestHost host = new();

    public void Dispose() => host.Dispose();

    [Fact]
    public async Task CheckNamesAMissingFileAndDoesNotMakeIt()
    {
        var report = await host.CheckAsync(host.File("a.conf", "x\n"));

        var change = Assert.Single(report.Changes);
        Assert.Equal(("file", ResourceAction.Create, "created"), (change.Kind, change.Action, change.Detail));
        Assert.False(File.Exists(host["a.conf"]));
        Assert.False(Directory.Exists(host["var"]));
    }

    [Fact]
    public async Task AFileThatIsAsItShallBeIsNotTouched()
    {
        var file = host.File("a.conf", "x\n");
        await host.DeployAsync(file);
        File.SetLastWriteTimeUtc(file.Path, DateTime.UnixEpoch);

        var report = await host.DeployAsync(file);

        Assert.Empty(report.Changes);
        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(file.Path));
    }

    [Fact]
    public async Task WhatDiffersIsTold()
    {
        var file = host.File("a.conf", "one\ntwo\nthree\n") with { Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        await host.DeployAsync(file);
        await File.WriteAllTextAsync(file.Path, "one\n2\n3\n");
        File.SetUnixFileMode(file.Path, file.Mode | UnixFileMode.OtherRead);

        var report = await host.DeployAsync(file);

        Assert.Equal("2 lines differ, mode 0604 -> 0600", Assert.Single(report.Changes).Detail);
        Assert.Equal("one\ntwo\nthree\n", await File.ReadAllTextAsync(file.Path));
        Assert.Equal(file.Mode, File.GetUnixFileMode(file.Path));
    }

    [Fact]
    public async Task OfASecretNothingIsToldButThatItDiffers()
    {
        var file = host.File("a.key", "") with { Content = null, SecretContent = new Secret("canary\ncanary\n") };
        host.Write("a.key", "other\n");

        var report = await host.DeployAsync(file);

        Assert.StartsWith("content differs", Assert.Single(report.Changes).Detail, StringComparison.Ordinal);
        Assert.Equal("canary\ncanary\n", await File.ReadAllTextAsync(file.Path));
        Assert.DoesNotContain(host.Events, e => e.ToString().Contains("canary", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ASymbolicLinkIsReplacedAndNotFollowed()
    {
        var target = host.Write("target", "mine\n");
        File.CreateSymbolicLink(host["a.conf"], target);

        await host.DeployAsync(host.File("a.conf", "x\n"));

        Assert.Null(new FileInfo(host["a.conf"]).LinkTarget);
        Assert.Equal("mine\n", await File.ReadAllTextAsync(target));
    }

    [Fact]
    public async Task ADirectoryInItsPlaceIsAnErrorThatNamesIt()
    {
        Directory.CreateDirectory(host["a.conf"]);

        var report = await host.DeployAsync(host.File("a.conf", "x\n"));

        var failure = Assert.Single(report.Failures);
        Assert.Equal((HostFailureReason.FileSystem, "here", "file", host["a.conf"]), (failure.Reason, failure.Host, failure.Kind, failure.Name));
    }

    [Fact]
    public async Task AnUnknownOwnerIsAnErrorThatNamesIt()
    {
        var report = await host.DeployAsync(host.File("a.conf", "x\n") with { Owner = "nobody-here" });

        Assert.Contains("nobody-here", Assert.Single(report.Failures).What, StringComparison.Ordinal);
        Assert.False(File.Exists(host["a.conf"]));
        Assert.Empty(Directory.EnumerateFiles(host["."], ".*"));
    }

    [Theory]
    [InlineData("a\nb\n", "a\nb\nc\n", "1 line differs")]
    [InlineData("a\nb\n", "b\na\n", "order or ends of lines differ")]
    [InlineData("a\nb\n", "c\nd\n", "2 lines differ")]
    [InlineData("", "a\n", "1 line differs")]
    public async Task LinesThatDifferAreCounted(string there, string wanted, string detail)
    {
        await host.DeployAsync(host.File("a.conf", there));

        var report = await host.CheckAsync(host.File("a.conf", wanted));

        Assert.Equal(detail, Assert.Single(report.Changes).Detail);
    }
}
