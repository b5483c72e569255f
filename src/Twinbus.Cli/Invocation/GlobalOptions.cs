using System.CommandLine;
using Twinbus.Cli.Output;

namespace Twinbus.Cli.Invocation;

/// <summary>The options that every command takes.</summary>
internal sealed class GlobalOptions
{
    public const string DeploymentVariable = "TWINBUS_DEPLOYMENT";

    public Option<string?> Deployment { get; } = new("--deployment", "-d")
    {
        Description = $"Deployment directory: it keeps the secrets and ports, and remembers the environment files. Default: ${DeploymentVariable}, "
            + $"else twinbus under $XDG_STATE_HOME or ~/.local/state.",
        HelpName = "DIR",
        Recursive = true,
    };

    public Option<string> Format { get; } = new("--format")
    {
        Description = "Output format: text for people, json for programs.",
        HelpName = "text|json",
        Recursive = true,
        DefaultValueFactory = _ => "text",
    };

    public Option<bool> NoColor { get; } = new("--no-color")
    {
        Description = "Turn colours off, as the environment variable NO_COLOR does.",
        Recursive = true,
    };

    public Option<bool> Verbose { get; } = new("--verbose", "-v")
    {
        Description = "Show more: every step, what is already up to date, and where the time went.",
        Recursive = true,
    };

    public IEnumerable<Option> All => [Deployment, Format, NoColor, Verbose];

    public void AddTo(Command root)
    {
        Format.AcceptOnlyFromAmong("text", "json");
        foreach (Option option in All)
        {
            root.Add(option);
        }
    }

    public OutputFormat FormatOf(ParseResult parse) =>
        parse.GetValue(Format) == "json" ? OutputFormat.Json : OutputFormat.Text;
}
