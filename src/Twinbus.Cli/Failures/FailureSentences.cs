using Twinbus.Deployment;
using Twinbus.Hosts;
using Twinbus.Messaging;
using Twinbus.Messaging.Rpc;
using Twinbus.Messaging.Wire;

namespace Twinbus.Cli.Failures;

/// <summary>The one switch from what was thrown to what an operator reads and the process ends with.</summary>
internal static class FailureSentences
{
    public static Failure Explain(Exception exception, bool verbose) => exception switch
    {
        UsageException usage => new Failure(ExitCode.BadInput, usage.Message, usage.Suggestion ?? ""),
        DeploymentException deployment => Explain(deployment),
        HostException host => Explain(host.Failure),
        RemoteErrorException remote => new Failure(ExitCode.Failed, $"The server raised {MessageText.Name(remote.Failure.Class)}: {MessageText.Sentence(remote.Failure.Message)}"),
        MessagingException messaging => Explain(messaging),
        OperationCanceledException => new Failure(ExitCode.Failed, "Interrupted.", "what was done is kept; run the same command again to continue"),
        UnauthorizedAccessException or IOException => new Failure(ExitCode.Failed, exception.Message),
        _ => Unforeseen(exception, verbose),
    };

    public static Failure Explain(HostFailure failure) => new(
        failure.Reason switch
        {
            HostFailureReason.Held => ExitCode.Held,
            _ => ExitCode.Failed,
        },
        string.Join('\n', new[] { failure.Where.Length > 0 ? $"{failure.Where}: {failure.What}" : failure.What, failure.Why }.Where(line => line.Length > 0)),
        failure.Next);

    private static Failure Explain(MessagingException exception) => exception.Reason switch
    {
        MessagingErrorReason.InvalidTransportUrl or MessagingErrorReason.UnknownScheme or MessagingErrorReason.InvalidTarget
            or MessagingErrorReason.InvalidOptions or MessagingErrorReason.NotSupported => new Failure(ExitCode.BadInput, exception.Message),
        MessagingErrorReason.Timeout => new Failure(ExitCode.Failed, exception.Message, "run twinbus health to see whether the services of the "
            + "deployment work"),
        _ => new Failure(ExitCode.Failed, exception.Message),
    };

    public static Failure Explain(DeploymentException exception)
    {
        ExitCode code = exception.Reason switch
        {
            DeploymentFailureReason.InvalidInput or DeploymentFailureReason.NotDeployable => ExitCode.BadInput,
            DeploymentFailureReason.PortTaken or DeploymentFailureReason.StalePlan => ExitCode.Failed,
            DeploymentFailureReason.NotDeployed or DeploymentFailureReason.Directory => ExitCode.Failed,
            _ => throw new ArgumentOutOfRangeException(nameof(exception), exception.Reason, null),
        };

        // A problem of a file stands on a line of its own, beginning with its place, for editors and for grep.
        return exception.Problems is [{ Place: null } only]
            ? new Failure(code, only.Why.Length == 0 ? $"{only.What}." : $"{only.What}: {only.Why}.", only.Next)
            : new Failure(code, $"{exception.Problems.Length} {(exception.Problems.Length == 1 ? "problem" : "problems")}; no host was "
                + $"changed.") { Lines = [.. exception.Problems.Select(problem => problem.ToString())] };
    }

    private static Failure Unforeseen(Exception exception, bool verbose)
    {
        string what = $"Internal error: {exception.GetType().Name}: {MessageText.Sentence(exception.Message.Split('\n')[0])}";
        if (!verbose)
        {
            return new Failure(ExitCode.Failed, what, "this is a bug in Twinbus; run again with -v to have the details written to a file");
        }

        string file = Path.Combine(Path.GetTempPath(), $"twinbus-defect-{Guid.NewGuid():N}.txt");
        FileStreamOptions ownerOnly = new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using (StreamWriter writer = new(file, ownerOnly))
        {
            writer.WriteLine(exception);
        }

        return new Failure(ExitCode.Failed, what, $"this is a bug in Twinbus; the details are in {file}");
    }
}
