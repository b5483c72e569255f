using System.CommandLine;
using Twinbus.Cli.Rendering;

namespace Twinbus.Cli.Invocation;

/// <summary>One run of one command: what was asked, and what is around.</summary>
internal sealed class CommandRun(ParseResult parse, GlobalOptions options, Surroundings surroundings)
{
    public Surroundings Surroundings => surroundings;

    public Terminal Terminal => surroundings.Terminal;

    public OutputFormat Format => options.FormatOf(parse);

    public bool Verbose => parse.GetValue(options.Verbose);

    /// <summary>Whether the operator named the deployment on the command line.</summary>
    public bool DeploymentWasNamed => parse.GetValue(options.Deployment) is not null;

    /// <summary>The deployment directory, absolute; it need not exist.</summary>
    public string DeploymentDirectory => surroundings.Absolute(
        parse.GetValue(options.Deployment)
        ?? surroundings.Variable(GlobalOptions.DeploymentVariable)
        ?? DefaultDeploymentDirectory);

    /// <summary>Where the deployment is that nobody named.</summary>
    public string DefaultDeploymentDirectory => Path.Combine(StateHome(), "twinbus");

    public T? Value<T>(Option<T> option) => parse.GetValue(option);

    public T? Value<T>(Argument<T> argument) => parse.GetValue(argument);

    /// <summary>Whether the option stands on the command line, whatever its value.</summary>
    public bool Has(Option option) => parse.GetResult(option) is { Implicit: false };

    private string StateHome() =>
        surroundings.Variable("XDG_STATE_HOME") is { } state && Path.IsPathRooted(state)
            ? state
            : Path.Combine(surroundings.Variable("HOME") ?? "/", ".local", "state");
}
