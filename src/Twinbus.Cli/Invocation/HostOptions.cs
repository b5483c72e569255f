using System.CommandLine;
using Twinbus.Operations.Deploys;

namespace Twinbus.Cli.Invocation;

/// <summary>The options of commands that reach hosts.</summary>
internal static class HostOptions
{
    /// <summary><c>--parallel N</c>.</summary>
    public static Option<int> Parallel() => NumberOptions.Range(
        "--parallel",
        1,
        HostReach.LargestParallel,
        HostReach.DefaultParallel,
        "How many hosts to work on at once. Members of a cluster still restart one at a time.");

    /// <summary><c>--forget HOST</c>.</summary>
    public static Option<string[]> Forget() => new("--forget")
    {
        Description = "Forget a host that left the inventory and is gone for good: nothing is removed there. Can be given several times.",
        HelpName = "HOST",
        Arity = ArgumentArity.OneOrMore,
    };
}
