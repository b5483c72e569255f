using System.Text;

namespace Twinbus.Cli.Output;

/// <summary>Standard output takes data, standard error takes talk; each has colours only where a person looks at it.</summary>
internal sealed class Terminal
{
    private const int WidthOfAPipe = 100;
    private const int HeightOfAPipe = 24;

    /// <summary>Data.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Talk: progress, warnings, errors.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Standard input, for <c>-</c> where a file is asked for.</summary>
    public required TextReader Input { get; init; }

    /// <summary>Whether standard error is a terminal, so that progress may move.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Whether standard output is a terminal, which standard error then mostly is as well.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>Lines that a person sees at once.</summary>
    public int Height { get; init; } = HeightOfAPipe;

    /// <summary>Columns to fill, at least 40.</summary>
    public int Width { get; init; } = WidthOfAPipe;

    /// <summary>Colours for standard output.</summary>
    public Style OutputStyle { get; private set; } = Style.Plain;

    /// <summary>Colours for standard error.</summary>
    public Style ErrorStyle { get; private set; } = Style.Plain;

    public static Terminal OfThisProcess(Func<string, string?> variable)
    {
        bool colors = variable("NO_COLOR") is null && variable("TERM") is not (null or "dumb");
        return new Terminal
        {
            Output = Writer(Console.OpenStandardOutput()),
            Error = TextWriter.Synchronized(Writer(Console.OpenStandardError())),
            Input = Console.In,
            ErrorIsTerminal = !Console.IsErrorRedirected && variable("TERM") is not (null or "dumb"),
            OutputIsTerminal = !Console.IsOutputRedirected,
            Width = WidthOfThisProcess(),
            Height = Console.IsOutputRedirected || Console.WindowHeight <= 0 ? HeightOfAPipe : Console.WindowHeight,
            OutputStyle = Style.Of(colors && !Console.IsOutputRedirected),
            ErrorStyle = Style.Of(colors && !Console.IsErrorRedirected),
        };
    }

    /// <summary>Takes a sentence while something moves on standard error, where a line of its own would be drawn over.</summary>
    public Action<string>? Moving { get; set; }

    /// <summary>Says a sentence that is nobody's result, at any moment and from any thread.</summary>
    public void Tell(string sentence)
    {
        if (Moving is { } moving)
        {
            moving(sentence);
        }
        else
        {
            Error.WriteLine($"{Application.Name}: {sentence}.");
        }
    }

    /// <summary>Takes the colours away, for <c>--no-color</c>.</summary>
    public void WithoutColor()
    {
        OutputStyle = Style.Plain;
        ErrorStyle = Style.Plain;
    }

    private static StreamWriter Writer(Stream stream) => new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true };

    private static int WidthOfThisProcess()
    {
        if (Console.IsOutputRedirected)
        {
            return WidthOfAPipe;
        }

        int width = Console.WindowWidth;
        return width > 0 ? Math.Clamp(width, 40, 120) : WidthOfAPipe;
    }
}
