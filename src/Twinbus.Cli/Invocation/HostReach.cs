using System.CommandLine;

namespace Twinbus.Cli.Invocation;

/// <summary>How a run goes about its hosts.</summary>
/// <param name="Parallel">How many are worked on at once.</param>
/// <param name="AcceptNewHostKeys">Whether an SSH key that is not known yet is accepted and recorded.</param>
internal sealed record HostReach(int Parallel, bool AcceptNewHostKeys = false)
{
    private const int Standard = 16;
    private const int Most = 1000;

    /// <summary><c>--parallel N</c>, for every command that goes to hosts.</summary>
    public static Option<int> ParallelOption() => NumberOptions.Range(
        "--parallel", 1, Most, Standard, "How many hosts are worked on at once. Members of a cluster take turns all the same where they must.");
}
