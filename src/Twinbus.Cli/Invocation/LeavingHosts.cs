using System.Collections.Immutable;
using System.CommandLine;

namespace Twinbus.Cli.Invocation;

/// <summary>What may become of hosts that leave.</summary>
/// <param name="StartEmpty">A broker may leave all its hosts, and what it holds with them.</param>
/// <param name="Forgotten">Hosts that are gone for good.</param>
internal sealed record LeavingHosts(bool StartEmpty, ImmutableArray<string> Forgotten)
{
    /// <summary>Each is emptied, and a broker keeps one of its hosts.</summary>
    public static LeavingHosts None { get; } = new(false, []);

    /// <summary><c>--forget HOST</c>.</summary>
    public static Option<string[]> ForgetOption() => new("--forget")
    {
        Description = "A host that left the inventory and is gone for good: nothing is removed there. May be given several times.",
        HelpName = "HOST",
        Arity = ArgumentArity.OneOrMore,
    };
}
