using Twinbus.Cli.Invocation;
using Twinbus.Cli.Output;
using Twinbus.Testing;

namespace Twinbus.Cli.Tests;

/// <summary>The command line as a process has it, without the process: words in; exit code, data and talk out.</summary>
internal sealed class CommandLine : IDisposable
{
    private readonly TemporaryDirectory home = new();

    public Dictionary<string, string> Variables { get; } = [];

    public string Input { get; set; } = "";

    public int Width { get; init; } = 100;

    public TemporaryDirectory Directory => home;

    public async Task<Outcome> RunAsync(params string[] words)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        ProcessEnvironment environment = EnvironmentWith(output, error);
        ExitCode code = await Application.RunAsync(words, environment, TestContext.Current.CancellationToken);
        return new Outcome(code, output.ToString(), error.ToString());
    }

    public ProcessEnvironment EnvironmentWith(TextWriter output, TextWriter error) => new()
    {
        Terminal = new Terminal { Output = output, Error = error, Input = new StringReader(Input), Width = Width },
        Variable = name => Variables.GetValueOrDefault(name) ?? (name == "HOME" ? home.Path : null),
        CurrentDirectory = home.Path,
    };

    public void Dispose() => home.Dispose();
}

internal sealed record Outcome(ExitCode Code, string Output, string Error);
