using System.CommandLine;
using System.CommandLine.Help;
using Twinbus.Cli.Commands;
using Twinbus.Cli.Failures;
using Twinbus.Cli.Help;
using Twinbus.Cli.Invocation;

namespace Twinbus.Cli;

/// <summary>The whole command line: grammar, invocation, and the one place where a failure becomes words and an exit code.</summary>
internal static class Application
{
    public const string Name = "twinbus";

    public static async Task<ExitCode> RunAsync(IReadOnlyList<string> arguments, ProcessEnvironment environment, CancellationToken cancellationToken)
    {
        GlobalOptions options = new();
        ParseResult parse = Grammar(options, environment).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parse.GetValue(options.NoColor))
        {
            environment.Terminal.WithoutColor();
        }

        if (UsageMistakes.Any(parse) && parse.Action?.ClearsParseErrors != true)
        {
            return FailureText.Write(UsageMistakes.Explain(parse), environment.Terminal);
        }

        try
        {
            InvocationConfiguration configuration = new()
            {
                Output = environment.Terminal.Output,
                Error = environment.Terminal.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return (ExitCode)await parse.InvokeAsync(configuration, cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The outermost door: whatever comes here becomes words, and no stack trace reaches a user.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return FailureText.Write(FailureSentences.Explain(exception, parse.GetValue(options.Verbose)), environment.Terminal);
        }
    }

    /// <summary>The commands and their options.</summary>
    public static RootCommand Grammar(GlobalOptions options, ProcessEnvironment environment)
    {
        RootCommand root = new("Deploy and run the messaging of a cloud whose services speak oslo.messaging.");
        foreach (Command command in CommandTree.All())
        {
            root.Add(command);
        }

        options.AddTo(root);
        HelpPage page = new(options, environment.Terminal);
        foreach (Option option in root.Options)
        {
            switch (option)
            {
                case HelpOption help:
                    help.Description = "Show help for the command.";
                    help.Action = page;
                    help.Aliases.Remove("/?");
                    help.Aliases.Remove("/h");
                    break;
                case VersionOption version:
                    version.Action = new VersionText(environment.Terminal.Output);
                    version.Description = "Show the version.";
                    break;
                default:
                    break;
            }
        }

        root.SetAction(_ => Overview.Write(environment.Terminal));
        Connect(root, options, environment);
        return root;
    }

    private static void Connect(Command command, GlobalOptions options, ProcessEnvironment environment)
    {
        foreach (Command each in command.Subcommands)
        {
            if (each is LeafCommand leaf)
            {
                leaf.SetAction(async (parse, cancellationToken) =>
                    (int)await leaf.RunAsync(new CommandRun(parse, options, environment), cancellationToken).ConfigureAwait(false));
            }

            Connect(each, options, environment);
        }
    }
}
