using System.Globalization;
using System.Text;

namespace Twinbus.Messaging.Wire;

/// <summary>
/// What a message says, made fit to be shown: in a log, an error, a failure or a terminal. A sender may have put anything
/// into it, such as control characters that rewrite the line above, and megabytes of it.
/// </summary>
public static class MessageText
{
    /// <summary>Characters that a name is cut to unless told otherwise.</summary>
    public const int LongestName = 200;

    /// <summary>Characters that a sentence is cut to, such as a peer's error text.</summary>
    public const int LongestSentence = 4000;

    private const string Ellipsis = "…";

    /// <summary>A name of a message, such as its method: cut, and with <see cref="Escape"/>. Null is <c>none</c>.</summary>
    public static string Name(string? text) => Shown(text ?? "none", LongestName);

    /// <summary>A sentence of a message, such as an exception's text: cut, and with <see cref="Escape"/>.</summary>
    public static string Sentence(string text) => Shown(text, LongestSentence);

    /// <summary>A sentence of a message that is not shown but handed on: cut only.</summary>
    internal static string Cut(string text) => text.Length <= LongestSentence ? text : text[..LongestSentence] + Ellipsis;

    /// <summary>
    /// The text with all that cannot be seen, or changes what is seen beside it, as <c>\u001b</c>: control and format characters
    /// (bidirectional overrides among them), separators of lines, halves of surrogate pairs, what Unicode has not assigned.
    /// </summary>
    public static string Escape(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0)
        {
            return text;
        }

        var escaped = new StringBuilder(text.Length + 16);
        for (int i = 0; i < text.Length;)
        {
            int length = Rune.TryGetRuneAt(text, i, out Rune rune) ? rune.Utf16SequenceLength : 0;
            if (length > 0 && IsVisible(rune))
            {
                escaped.Append(text, i, length);
                i += length;
                continue;
            }

            for (int end = i + Math.Max(length, 1); i < end; i++)
            {
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:x4}");
            }
        }

        return escaped.ToString();
    }

    /// <summary>Whether the character can be shown as it is.</summary>
    public static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);

    private static string Shown(string text, int longest)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length <= longest)
        {
            return Escape(text);
        }

        int cut = char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest;
        return Escape(text[..cut]) + Ellipsis;
    }
}
