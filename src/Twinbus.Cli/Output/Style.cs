namespace Twinbus.Cli.Output;

/// <summary>The few colours that carry meaning, or none of them.</summary>
internal sealed class Style
{
    /// <summary>No colours.</summary>
    public static readonly Style Plain = new(colored: false);

    private static readonly Style Colored = new(colored: true);

    private readonly bool colored;

    private Style(bool colored) => this.colored = colored;

    /// <summary>Whether text leaves with colours.</summary>
    public bool HasColor => colored;

    public static Style Of(bool colored) => colored ? Colored : Plain;

    /// <summary>It is as it should be.</summary>
    public string Good(string text) => Paint(text, "32");

    /// <summary>It was changed, or needs a look.</summary>
    public string Notable(string text) => Paint(text, "33");

    /// <summary>It failed.</summary>
    public string Bad(string text) => Paint(text, "31");

    /// <summary>What the eye should find first.</summary>
    public string Strong(string text) => Paint(text, "1");

    /// <summary>What the eye may skip.</summary>
    public string Faint(string text) => Paint(text, "2");

    private string Paint(string text, string code) => colored && text.Length > 0 ? $"\e[{code}m{text}\e[0m" : text;
}
