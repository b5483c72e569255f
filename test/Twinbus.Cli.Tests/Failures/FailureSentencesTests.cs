using Twinbus.Cli.Failures;
using Twinbus.Deployment;
using Twinbus.Hosts;
using Twinbus.Messaging;
using Twinbus.Messaging.Rpc;

namespace Twinbus.Cli.Tests.Failures;

/// <summary>The one switch from what was thrown to what an operator reads and the process ends with.</summary>
public sealed class FailureSentencesTests
{
    public static TheoryData<HostFailureReason> HostReasons => [.. Enum.GetValues<HostFailureReason>()];

    public static TheoryData<DeploymentFailureReason> DeploymentReasons => [.. Enum.GetValues<DeploymentFailureReason>()];

    [Theory]
    [MemberData(nameof(HostReasons))]
    public void EveryReasonOfAHostHasItsExitCode(HostFailureReason reason)
    {
        Failure failure = FailureSentences.Explain(new HostException(reason, "What.", "Why.", "Next."), verbose: false);
        Assert.Equal(reason == HostFailureReason.Held ? ExitCode.Held : ExitCode.Failed, failure.Code);
        Assert.Equal("What.\nWhy.", failure.What);
        Assert.Equal(["Next."], failure.Next);
    }

    [Theory]
    [MemberData(nameof(DeploymentReasons))]
    public void EveryReasonOfADeploymentHasItsExitCode(DeploymentFailureReason reason)
    {
        Failure failure = FailureSentences.Explain(new DeploymentException(reason, new Problem("what", "why", "next")), verbose: false);
        Assert.Equal(reason is DeploymentFailureReason.InvalidInput or DeploymentFailureReason.NotDeployable ? ExitCode.BadInput : ExitCode.Failed, failure.Code);
        Assert.Equal("what: why.", failure.What);
    }

    [Fact]
    public void MistakesInAFileStandOnLinesThatBeginWithTheirPlace()
    {
        DeploymentException exception = new(
            DeploymentFailureReason.InvalidInput,
            [
                new Problem("unknown parameter RcpPort", "no service has it", "did you mean RpcPort?") { Place = new SourcePlace("a.yaml", 2, 3) },
                new Problem("not a number", "", "") { Place = new SourcePlace("a.yaml", 3, 9) },
            ]);
        Failure failure = FailureSentences.Explain(exception, verbose: false);
        Assert.Equal(ExitCode.BadInput, failure.Code);
        Assert.Equal(["a.yaml:2:3: unknown parameter RcpPort: no service has it; did you mean RpcPort?", "a.yaml:3:9: not a number"], failure.Lines);
    }

    [Fact]
    public void AnExceptionOfTheServerIsToldWithItsClass()
    {
        RemoteErrorException raised = new(new RpcFailure { Class = "ValueError", Module = "builtins", Message = "no" });
        Failure failure = FailureSentences.Explain(raised, verbose: false);
        Assert.Equal(ExitCode.Failed, failure.Code);
        Assert.Equal("The server raised ValueError: no", failure.What);
    }

    [Theory]
    [InlineData(MessagingErrorReason.InvalidTransportUrl, 2)]
    [InlineData(MessagingErrorReason.UnknownScheme, 2)]
    [InlineData(MessagingErrorReason.Timeout, 1)]
    [InlineData(MessagingErrorReason.ConnectionRefused, 1)]
    public void WhatWasGivenWrongIsBadInputAndWhatDidNotWorkFailed(MessagingErrorReason reason, int code) =>
        Assert.Equal((ExitCode)code, FailureSentences.Explain(new MessagingException(reason, "what"), verbose: false).Code);

    [Fact]
    public void ADefectIsOneLineAndItsDetailsGoToAFileOfTheOwner()
    {
        InvalidOperationException defect = new("the sky fell\nand more");
        Failure plain = FailureSentences.Explain(defect, verbose: false);
        Assert.Equal(ExitCode.Failed, plain.Code);
        Assert.Equal("Internal error: InvalidOperationException: the sky fell", plain.What);

        string file = FailureSentences.Explain(defect, verbose: true).Next[0].Split(" in ")[^1];
        Assert.Contains("and more", File.ReadAllText(file), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        File.Delete(file);
    }
}
