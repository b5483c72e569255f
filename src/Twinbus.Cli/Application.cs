using System.CommandLine;
using System.CommandLine.Help;
using System.Reflection;
using Twinbus.Cli.Commands;
using Twinbus.Cli.Failures;
using Twinbus.Cli.Help;
using Twinbus.Cli.Invocation;

namespace Twinbus.Cli;

/// <summary>The whole command line: grammar, invocation, and the one place where a failure becomes words and an exit code.</summary>
internal static class Application
{
    public const string Name = "twinbus";

    /// <summary>The product's version, such as <c>0.1.0</c>.</summary>
    public static string Version { get; } =
        typeof(Application).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static async Task<ExitCode> RunAsync(IReadOnlyList<string> arguments, Surroundings surroundings, CancellationToken cancellationToken)
    {
        GlobalOptions options = new();
        ParseResult parse = Grammar(options, surroundings).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parse.GetValue(options.NoColor))
        {
            surroundings.Terminal.WithoutColor();
        }

        if (UsageMistakes.Any(parse) && parse.Action?.ClearsParseErrors != true)
        {
            return FailureText.Write(UsageMistakes.Explain(parse), surroundings.Terminal);
        }

        try
        {
            InvocationConfiguration configuration = new()
            {
                Output = surroundings.Terminal.Output,
                Error = surroundings.Terminal.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return (ExitCode)await parse.InvokeAsync(configuration, cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The outermost door: whatever comes here becomes words, and no stack trace reaches a user.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return FailureText.Write(FailureSentences.Explain(exception, parse.GetValue(options.Verbose)), surroundings.Terminal);
        }
    }

    /// <summary>The commands and their options.</summary>
    public static RootCommand Grammar(GlobalOptions options, Surroundings surroundings)
    {
        RootCommand root = new("Deploys and runs the messaging tier of a cloud whose services speak oslo.messaging.");
        foreach (Command command in CommandTree.All())
        {
            root.Add(command);
        }

        options.AddTo(root);
        HelpPage page = new(options, surroundings.Terminal);
        foreach (Option option in root.Options)
        {
            switch (option)
            {
                case HelpOption help:
                    help.Description = "Say how the command is used.";
                    help.Action = page;
                    help.Aliases.Remove("/?");
                    help.Aliases.Remove("/h");
                    break;
                case VersionOption version:
                    version.Action = new VersionText(surroundings.Terminal.Output);
                    version.Description = "Say the version.";
                    break;
                default:
                    break;
            }
        }

        root.SetAction(_ => Overview.Write(surroundings.Terminal));
        Connect(root, options, surroundings);
        return root;
    }

    private static void Connect(Command command, GlobalOptions options, Surroundings surroundings)
    {
        foreach (Command each in command.Subcommands)
        {
            if (each is Verb verb)
            {
                verb.SetAction(async (parse, cancellationToken) =>
                    (int)await verb.RunAsync(new CommandRun(parse, options, surroundings), cancellationToken).ConfigureAwait(false));
            }

            Connect(each, options, surroundings);
        }
    }
}
