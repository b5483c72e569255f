namespace Twinbus.Cli.Tests.Invocation;

/// <summary>Which deployment a command is about, and what is said when there is none.</summary>
public sealed class DeploymentDirectoryTests
{
    [Fact]
    public async Task TheOptionWinsOverTheVariable()
    {
        using CommandLine line = new();
        line.Variables["TWINBUS_DEPLOYMENT"] = "/from/variable";
        Assert.Contains("nothing is deployed from /from/option", (await line.RunAsync("show", "urls", "-d", "/from/option")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheVariableWinsOverTheDefault()
    {
        using CommandLine line = new();
        line.Variables["TWINBUS_DEPLOYMENT"] = "relative";
        Assert.Contains($"nothing is deployed from {line.Directory["relative"]}", (await line.RunAsync("show", "paths")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheDefaultIsUnderTheStateDirectory()
    {
        using CommandLine line = new();
        Assert.Contains($"nothing is deployed from {line.Directory[".local", "state", "twinbus"]}", (await line.RunAsync("health")).Error, StringComparison.Ordinal);
        line.Variables["XDG_STATE_HOME"] = "/state";
        Assert.Contains("nothing is deployed from /state/twinbus", (await line.RunAsync("health")).Error, StringComparison.Ordinal);
        line.Variables["XDG_STATE_HOME"] = "not/absolute";
        Assert.Contains($"nothing is deployed from {line.Directory.Path}", (await line.RunAsync("health")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutADeploymentHealthHasFailedAndDownHasNothingToDo()
    {
        using CommandLine line = new();
        Assert.Equal(ExitCode.Failed, (await line.RunAsync("health")).Code);
        Outcome down = await line.RunAsync("down");
        Assert.Equal(ExitCode.Done, down.Code);
        Assert.Contains("nothing is deployed", down.Output, StringComparison.Ordinal);
    }
}
