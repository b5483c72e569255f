using System.Threading.Channels;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Agent;

/// <summary>Does on one host what a runner asks for. The same code runs in the runner's process and at the far end of SSH.</summary>
internal sealed class HostAgent(ResourceKinds kinds, HostLayout layout, TimeProvider clock)
{
    /// <summary>Carries out one request to its end. Every failure becomes the last event; none is thrown but cancellation.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="commands">What the runner asks for after a check; completed when it is gone.</param>
    /// <param name="emit">Takes the events, in order.</param>
    /// <param name="cancellationToken">Ends the work after the resource at hand.</param>
    public async Task RunAsync(
        AgentRequest request, ChannelReader<AgentCommand> commands, Action<HostEvent> emit, CancellationToken cancellationToken)
    {
        void Tell(HostEvent happened) => emit(happened with { Host = request.Host });
        Tell(new HostReached());
        try
        {
            switch (request)
            {
                case ConvergeRequest converge:
                    RequireRoot();
                    await new PlanNegotiation(converge, kinds, layout, clock, Tell).RunAsync(commands, cancellationToken).ConfigureAwait(false);
                    break;
                case RemoveRequest remove:
                    RequireRoot();
                    await new HostRemoval(remove, kinds, layout, clock, Tell).RunAsync(cancellationToken).ConfigureAwait(false);
                    break;
                case ReplaceAgentRequest replace:
                    Replace(replace);
                    break;
            }

            Tell(new HostEnded());
        }
        catch (Exception e) when (FailureOf(e) is not null)
        {
            Tell(new HostFailed(FailureOf(e)! with { Host = request.Host }));
        }
    }

    /// <summary>The failure that a user reads; null when the exception is an error of ours, or a cancellation.</summary>
    internal static HostFailure? FailureOf(Exception exception) => exception switch
    {
        HostException e => e.Failure,
        UnauthorizedAccessException e => new HostFailure(
            HostFailureReason.NotPermitted, "A file could not be read or written.", e.Message, "Run this as root, or as a user with sudo."),
        IOException { HResult: NoSpace } or IOException { HResult: QuotaExceeded } => new HostFailure(
            HostFailureReason.DiskFull, "Nothing more can be written.", exception.Message, "Make room on that file system, then run this again."),
        IOException e => new HostFailure(
            HostFailureReason.FileSystem, "A file could not be read or written.", e.Message, "See to the cause, then run this again."),
        _ => null,
    };

    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;

    private static void Replace(ReplaceAgentRequest request)
    {
        if (ContentHash.Of(request.Program) != request.Sum)
        {
            throw new HostException(
                HostFailureReason.Protocol, "The host agent was not replaced.", "What arrived is not what was sent.", "Run this again.");
        }

        WholeFile.Write(AgentFile.InstalledPath, request.Program, owner: null, (UnixFileMode)0b111_101_101);
    }

    private void RequireRoot()
    {
        if (layout.Root == "/" && !Posix.IsRoot)
        {
            throw new HostException(
                HostFailureReason.NotPermitted,
                "Nothing was read or changed.",
                "Packages, users and services need root.",
                "Run the same command with sudo.");
        }
    }
}
