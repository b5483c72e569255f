using System.CommandLine;
using System.CommandLine.Parsing;
using Twinbus.Messaging;

namespace Twinbus.Cli.Failures;

/// <summary>Turns what the grammar found wrong into sentences with the word that was probably meant.</summary>
internal static class UsageMistakes
{
    /// <summary>Whether the command line can be followed.</summary>
    public static bool Any(ParseResult parse) => parse.Errors.Count > 0 || SwallowedOptions(parse).Any();

    public static Failure Explain(ParseResult parse)
    {
        Command command = parse.CommandResult.Command;
        string path = PathOf(parse.CommandResult);
        List<string> sentences = [];
        // A word behind an unknown option is most likely that option's value, and no mistake of its own.
        string[] options = [.. parse.UnmatchedTokens.Where(IsOption), .. SwallowedOptions(parse)];
        foreach (string token in options.Length > 0 ? options : parse.UnmatchedTokens.Take(1))
        {
            sentences.Add(Unmatched(token, parse));
        }

        bool IsOfAToken(ParseError error) => parse.UnmatchedTokens.Any(token => error.Message.Contains($"'{token}'", StringComparison.Ordinal));
        foreach (ParseError error in parse.Errors.Where(error => !IsOfAToken(error)))
        {
            if (sentences.Count == 0 || error.SymbolResult is not CommandResult)
            {
                sentences.Add(Sentence(error, command, path));
            }
        }

        return new Failure(ExitCode.BadInput, string.Join('\n', sentences.Distinct()), $"see: {path} --help");
    }

    private static string Unmatched(string token, ParseResult parse)
    {
        Command command = parse.CommandResult.Command;
        if (IsOption(token))
        {
            string option = token.Split('=')[0];
            IEnumerable<string> known = OptionsOf(parse.CommandResult)
                .SelectMany(each => each.Aliases.Append(each.Name))
                .Where(each => each.StartsWith("--", StringComparison.Ordinal));
            return $"Unknown option {option}.{DidYouMean(WordSuggestion.Of(option, known))}";
        }

        if (command.Subcommands.Count > 0)
        {
            string? nearest = WordSuggestion.Of(token, command.Subcommands.Select(each => each.Name));
            return $"Unknown command '{token}'.{DidYouMean(nearest)}"
                + (nearest is null ? $" The commands are: {string.Join(", ", command.Subcommands.Select(each => each.Name))}." : "");
        }

        return command.Arguments.Count == 0
            ? $"'{token}' is not expected: {command.Name} takes options only."
            : $"'{token}' is not expected.";
    }

    private static string Sentence(ParseError error, Command command, string path) => error.SymbolResult switch
    {
        ArgumentResult { Argument: var argument, Tokens.Count: 0 } when argument.Arity.MinimumNumberOfValues > 0 && command.Arguments.Contains(argument) =>
            $"{argument.HelpName ?? argument.Name.ToUpperInvariant()} is missing.",
        CommandResult when command.Subcommands.Count > 0 =>
            $"{path} needs a subcommand: {string.Join(", ", command.Subcommands.Select(each => each.Name))}.",
        CommandResult result when FirstMissing(result) is { } missing => $"{missing} is missing.",
        OptionResult { Option: var option, Tokens.Count: 0 } => $"{option.Name} needs a value{(option.HelpName is { } name ? $": {option.Name} {name}" : "")}.",
        OptionResult { Option: var option, Tokens.Count: > 0 } result when option.HelpName?.Contains('|', StringComparison.Ordinal) == true =>
            $"{option.Name} must be {option.HelpName.Replace("|", " or ", StringComparison.Ordinal)}, not '{result.Tokens[^1].Value}'.",
        OptionResult { Option: var option } when !error.Message.StartsWith(option.Name, StringComparison.Ordinal) => $"{option.Name}: {error.Message}",
        _ => error.Message,
    };

    private static string? FirstMissing(CommandResult result) => result.Command.Arguments
        .Where(argument => argument.Arity.MinimumNumberOfValues > 0 && (result.GetResult(argument)?.Tokens.Count ?? 0) == 0)
        .Select(argument => argument.HelpName ?? argument.Name.ToUpperInvariant())
        .FirstOrDefault();

    private static IEnumerable<Option> OptionsOf(CommandResult result)
    {
        for (SymbolResult? level = result; level is CommandResult command; level = level.Parent)
        {
            foreach (Option option in command.Command.Options.Where(option => level == result || option.Recursive))
            {
                yield return option;
            }
        }
    }

    // The grammar takes an unknown option for the value of an argument; only behind -- may a value begin with a dash.
    private static IEnumerable<string> SwallowedOptions(ParseResult parse)
    {
        HashSet<string> early = [.. parse.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash).Select(token => token.Value)];
        return parse.CommandResult.Children.OfType<ArgumentResult>()
            .SelectMany(argument => argument.Tokens)
            .Select(token => token.Value)
            .Where(value => IsOption(value) && early.Contains(value));
    }

    private static bool IsOption(string token) => token.StartsWith('-') && token.Length > 1;

    private static string DidYouMean(string? word) => word is null ? "" : $" Did you mean {word}?";

    /// <summary>The command with its groups, as it is typed: <c>twinbus rpc call</c>.</summary>
    private static string PathOf(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{PathOf(parent)} {result.Command.Name}" : Application.Name;
}
