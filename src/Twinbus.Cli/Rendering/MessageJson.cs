using System.Globalization;
using System.Text;
using Twinbus.Messaging.Wire;

namespace Twinbus.Cli.Rendering;

/// <summary>
/// JSON of a message on one line, for a terminal: valid JSON still, in which what can be seen stands as it is and what cannot be seen,
/// or would change what is seen beside it, is escaped. Python's strings may hold half a surrogate pair: it stays escaped.
/// </summary>
internal static class MessageJson
{
    /// <summary>The line.</summary>
    /// <param name="json">Well-formed JSON.</param>
    public static string Line(ReadOnlySpan<byte> json)
    {
        string text = Encoding.UTF8.GetString(json);
        StringBuilder line = new(text.Length);
        bool inString = false;
        for (int i = 0; i < text.Length;)
        {
            if (!inString)
            {
                inString = text[i] == '"';
                if (!char.IsWhiteSpace(text[i]))
                {
                    line.Append(text[i]);
                }

                i++;
            }
            else if (text[i] is '"' or '\\' && !IsCode(text, i))
            {
                inString = text[i] != '"';
                int length = inString ? 2 : 1;
                line.Append(text, i, length);
                i += length;
            }
            else
            {
                i += AppendCharacter(line, text, i);
            }
        }

        return line.ToString();
    }

    /// <summary>Appends the character there, escaped or not as it is; returns how long it was.</summary>
    private static int AppendCharacter(StringBuilder line, string text, int at)
    {
        char first = Unit(text, at, out int used);
        Rune rune = default;
        bool isWhole = Rune.TryCreate(first, out rune);
        if (!isWhole && char.IsHighSurrogate(first) && at + used < text.Length)
        {
            char second = Unit(text, at + used, out int more);
            if (Rune.TryCreate(first, second, out rune))
            {
                isWhole = true;
                used += more;
                if (MessageText.IsVisible(rune))
                {
                    line.Append(rune);
                }
                else
                {
                    line.Append(CultureInfo.InvariantCulture, $"\\u{(int)first:x4}\\u{(int)second:x4}");
                }

                return used;
            }
        }

        if (isWhole && first is not ('"' or '\\') && MessageText.IsVisible(rune))
        {
            line.Append(first);
        }
        else
        {
            line.Append(CultureInfo.InvariantCulture, $"\\u{(int)first:x4}");
        }

        return used;
    }

    private static bool IsCode(string text, int at) => text[at] == '\\' && at + 5 < text.Length && text[at + 1] == 'u';

    // One UTF-16 unit, as it stands or as its code.
    private static char Unit(string text, int at, out int used)
    {
        used = IsCode(text, at) ? 6 : 1;
        return used == 1 ? text[at] : (char)ushort.Parse(text.AsSpan(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }
}
