using System.CommandLine;

namespace Twinbus.Cli.Invocation;

/// <summary><c>-e FILE</c>, repeatable: environment files, merged in order.</summary>
internal static class EnvironmentOption
{
    public static Option<string[]> Make(string whenNoneIsGiven) => new("--environment", "-e")
    {
        Description = $"Environment file; can be given several times, a later one wins. {whenNoneIsGiven}",
        HelpName = "FILE",
        Arity = ArgumentArity.ZeroOrMore,
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };
}
