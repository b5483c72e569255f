using System.CommandLine;
using System.CommandLine.Parsing;
using Twinbus.Cli.Commands;
using Twinbus.Cli.Invocation;
using Twinbus.Testing;

namespace Twinbus.Cli.Tests;

/// <summary>The help of each command, as it is read.</summary>
public sealed class HelpTests
{
    public static TheoryData<string> EveryCommand => [.. Paths("", CommandTree.All())];

    public static TheoryData<string> EveryExample => [.. Leaves(CommandTree.All()).SelectMany(leaf => leaf.Examples).Select(example => example.CommandLine).Distinct()];

    [Theory]
    [MemberData(nameof(EveryCommand))]
    public async Task HelpIsWhatWasReviewed(string command)
    {
        using CommandLine line = new();
        Outcome outcome = await line.RunAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        Assert.Equal(ExitCode.Done, outcome.Code);
        Assert.Empty(outcome.Error);
        GoldenFile.Matches(outcome.Output, $"help/{(command.Length == 0 ? "twinbus" : command.Replace(' ', '-'))}.txt");
    }

    [Theory]
    [MemberData(nameof(EveryExample))]
    public void AnExampleOfTheHelpParses(string example)
    {
        using CommandLine line = new();
        string[] words = [.. CommandLineParser.SplitCommandLine(example.Split('|')[0].Split('>')[0].Split('<')[0])];
        Assert.Equal("twinbus", words[0]);
        ParseResult parse = Application.Grammar(new GlobalOptions(), line.EnvironmentWith(TextWriter.Null, TextWriter.Null)).Parse(words[1..]);
        Assert.Empty(parse.Errors);
        Assert.IsType<LeafCommand>(parse.CommandResult.Command, exactMatch: false);
    }

    [Fact]
    public void EveryCommandHasAnExample() =>
        Assert.All(Leaves(CommandTree.All()), leaf => Assert.NotEmpty(leaf.Examples));

    [Fact]
    public async Task HelpFillsANarrowTerminalAndNoMore()
    {
        using CommandLine line = new() { Width = 60 };
        Outcome outcome = await line.RunAsync("show", "--help");
        Assert.All(outcome.Output.Split('\n'), text => Assert.True(text.Length <= 60, text));
    }

    private static IEnumerable<string> Paths(string prefix, IEnumerable<Command> commands) =>
        [prefix.TrimEnd(), .. commands.SelectMany(command => Paths($"{prefix}{command.Name} ", command.Subcommands))];

    private static IEnumerable<LeafCommand> Leaves(IEnumerable<Command> commands) =>
        commands.SelectMany(command => command is LeafCommand leaf ? [leaf] : Leaves(command.Subcommands));
}
