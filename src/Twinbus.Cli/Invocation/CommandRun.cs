using System.CommandLine;
using Twinbus.Cli.Output;
using Twinbus.Operations.Deploys;
using Twinbus.Operations.Documents;

namespace Twinbus.Cli.Invocation;

/// <summary>One run of one command: what was asked, and what is around.</summary>
internal sealed class CommandRun(ParseResult parse, GlobalOptions options, ProcessEnvironment environment)
{
    public ProcessEnvironment Environment => environment;

    public Terminal Terminal => environment.Terminal;

    public OutputFormat Format => options.FormatOf(parse);

    public bool Verbose => parse.GetValue(options.Verbose);

    /// <summary>Whether the operator named the deployment on the command line.</summary>
    public bool DeploymentWasNamed => parse.GetValue(options.Deployment) is not null;

    /// <summary>The deployment directory, absolute; it need not exist.</summary>
    public string DeploymentDirectory => environment.Absolute(
        parse.GetValue(options.Deployment)
        ?? environment.Variable(GlobalOptions.DeploymentVariable)
        ?? DefaultDeploymentDirectory);

    /// <summary>Where the deployment is that nobody named.</summary>
    public string DefaultDeploymentDirectory => Path.Combine(StateHome(), "twinbus");

    /// <summary>The deployment that the command is about.</summary>
    public DeploymentContext Context => new()
    {
        Directory = DeploymentDirectory,
        IsDefaultDirectory = DeploymentDirectory == DefaultDeploymentDirectory,
        Drivers = BusDrivers.All,
        Clock = environment.Clock,
    };

    /// <summary>Prints a document for programs.</summary>
    public void Write(Document document) => Terminal.Output.WriteLine(document.ToJson());

    public T? Value<T>(Option<T> option) => parse.GetValue(option);

    public T? Value<T>(Argument<T> argument) => parse.GetValue(argument);

    /// <summary>Whether the option stands on the command line, whatever its value.</summary>
    public bool Has(Option option) => parse.GetResult(option) is { Implicit: false };

    private string StateHome() =>
        environment.Variable("XDG_STATE_HOME") is { } state && Path.IsPathRooted(state)
            ? state
            : Path.Combine(environment.Variable("HOME") ?? "/", ".local", "state");
}
