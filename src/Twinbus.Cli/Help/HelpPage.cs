using System.CommandLine;
using System.CommandLine.Invocation;
using Twinbus.Cli.Commands;
using Twinbus.Cli.Invocation;
using Twinbus.Cli.Output;

namespace Twinbus.Cli.Help;

/// <summary><c>--help</c>: usage, arguments, options, and examples that work.</summary>
internal sealed class HelpPage(GlobalOptions globals, Terminal terminal) : SynchronousCommandLineAction
{
    private const int WidestLabel = 28;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        Write(parseResult.CommandResult.Command);
        return (int)ExitCode.Done;
    }

    private void Write(Command command)
    {
        Paragraph(command.Description ?? "", 0);
        terminal.Output.WriteLine();
        Heading("usage");
        terminal.Output.WriteLine($"  {Usage(command)}");
        Section("commands", command.Subcommands.Select(each => (each.Name, FirstSentence(each.Description ?? ""))));
        Section("arguments", command.Arguments.Select(argument => (NameOf(argument), argument.Description ?? "")));
        Section("options", command.Options.Where(option => !IsGlobal(option)).Select(option => (Label(option), option.Description ?? "")));
        IEnumerable<Option> common = globals.All.Where(option => command.Options.All(own => own == option || own.Name != option.Name));
        Section(
            "options of every command",
            [.. common.Select(option => (Label(option), option.Description ?? "")), ("-h, --help", "Show help for the command.")]);
        if (command is LeafCommand leaf)
        {
            WriteExamples(leaf);
        }
    }

    private void WriteExamples(LeafCommand leaf)
    {
        foreach (string note in leaf.Notes)
        {
            terminal.Output.WriteLine();
            Paragraph(note, 0);
        }

        terminal.Output.WriteLine();
        Heading("examples");
        foreach (Example example in leaf.Examples)
        {
            terminal.Output.WriteLine($"  {example.CommandLine}");
            Paragraph(example.Purpose, 6);
        }
    }

    private bool IsGlobal(Option option) => globals.All.Contains(option) || option is System.CommandLine.Help.HelpOption;

    private static string Usage(Command command)
    {
        List<string> words = [PathOf(command)];
        words.AddRange(command.Arguments.Select(argument => argument.Arity switch
        {
            { MinimumNumberOfValues: 0, MaximumNumberOfValues: > 1 } => $"[{NameOf(argument)} ...]",
            { MinimumNumberOfValues: 0 } => $"[{NameOf(argument)}]",
            _ => NameOf(argument),
        }));
        if (command.Subcommands.Count > 0)
        {
            words.Add("COMMAND");
        }

        words.Add("[options]");
        return string.Join(' ', words);
    }

    private static string FirstSentence(string text) =>
        text.IndexOf(". ", StringComparison.Ordinal) is var end and >= 0 ? text[..(end + 1)] : text;

    private static string PathOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{PathOf(parent)} {command.Name}" : Application.Name;

    private static string NameOf(Argument argument) => argument.HelpName ?? argument.Name.ToUpperInvariant();

    private static string Label(Option option)
    {
        IEnumerable<string> names = option.Aliases.Append(option.Name).Distinct().OrderBy(name => name.Length);
        return $"{string.Join(", ", names)}{(option.HelpName is { } value ? $" {value}" : "")}";
    }

    private void Heading(string text) => terminal.Output.WriteLine(terminal.OutputStyle.Strong($"{text}:"));

    private void Section(string title, IEnumerable<(string Label, string Text)> rows)
    {
        (string Label, string Text)[] all = [.. rows];
        if (all.Length == 0)
        {
            return;
        }

        terminal.Output.WriteLine();
        Heading(title);
        int column = Math.Min(WidestLabel, all.Max(row => row.Label.Length) + 4);
        foreach ((string label, string text) in all)
        {
            string[] lines = [.. TextLines.Wrap(text, terminal.Width - column)];
            bool fits = label.Length + 4 <= column;
            terminal.Output.WriteLine(fits ? $"  {label.PadRight(column - 2)}{lines[0]}".TrimEnd() : $"  {label}");
            foreach (string line in fits ? lines.Skip(1) : lines)
            {
                terminal.Output.WriteLine($"{new string(' ', column)}{line}");
            }
        }
    }

    private void Paragraph(string text, int indent)
    {
        foreach (string line in TextLines.Wrap(text, terminal.Width - indent))
        {
            terminal.Output.WriteLine($"{new string(' ', indent)}{line}");
        }
    }
}
