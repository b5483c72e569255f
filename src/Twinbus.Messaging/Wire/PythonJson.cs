using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Twinbus.Messaging.Wire;

/// <summary>
/// Python's json module writes <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>, which JSON does not have. Infinities
/// become numbers beyond a double's range (<c>1e999</c>, which reads as infinity everywhere), NaN the string
/// <c>"NaN"</c>, which a double reads with <c>JsonNumberHandling.AllowNamedFloatingPointLiterals</c>.
/// </summary>
internal static class PythonJson
{
    /// <summary>Whether the text can hold such a literal at all: a quick look that spares nearly every message the walk.</summary>
    public static bool MayHoldLiterals(ReadOnlySpan<byte> json) => json.IndexOf("NaN"u8) >= 0 || json.IndexOf("Infinity"u8) >= 0;

    /// <summary>Copies the text with every literal replaced; strings are left alone.</summary>
    public static void Normalize(ReadOnlySpan<byte> json, PooledBuffer output)
    {
        int copied = 0;
        int i = 0;
        while (i < json.Length)
        {
            switch (json[i])
            {
                case (byte)'"':
                    i = EndOfString(json, i);
                    break;
                case (byte)'N' when json[i..].StartsWith("NaN"u8):
                    Replace(json, 3, "\"NaN\""u8);
                    break;
                case (byte)'I' when json[i..].StartsWith("Infinity"u8):
                    Replace(json, 8, "1e999"u8);
                    break;
                case (byte)'-' when json[i..].StartsWith("-Infinity"u8):
                    Replace(json, 9, "-1e999"u8);
                    break;
                default:
                    i++;
                    break;
            }
        }

        output.Write(json[copied..]);

        void Replace(ReadOnlySpan<byte> text, int length, ReadOnlySpan<byte> replacement)
        {
            output.Write(text[copied..i]);
            output.Write(replacement);
            i += length;
            copied = i;
        }
    }

    /// <summary>
    /// A string's text. Python's strings may be no Unicode, such as names of files: half a surrogate pair stands for a byte
    /// that was no text, and becomes the replacement character.
    /// </summary>
    public static string TextOf(JsonElement element)
    {
        try
        {
            return element.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return Unescape(element.GetRawText());
        }
    }

    // The raw text is well-formed JSON, quotes included.
    private static string Unescape(string raw)
    {
        var text = new StringBuilder(raw.Length);
        for (int i = 1; i < raw.Length - 1; i++)
        {
            if (raw[i] != '\\')
            {
                text.Append(raw[i]);
                continue;
            }

            i++;
            text.Append(raw[i] switch
            {
                'b' => '\b',
                'f' => '\f',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => (char)ushort.Parse(raw.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                char itself => itself,
            });
            i += raw[i] == 'u' ? 4 : 0;
        }

        // Going through UTF-8 puts the replacement character where half a pair is, and leaves whole pairs alone.
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static int EndOfString(ReadOnlySpan<byte> json, int quote)
    {
        int i = quote + 1;
        while (i < json.Length)
        {
            int next = json[i..].IndexOfAny((byte)'"', (byte)'\\');
            if (next < 0)
            {
                return json.Length;
            }

            i += next;
            if (json[i] == (byte)'"')
            {
                return i + 1;
            }

            i += 2;
        }

        return json.Length;
    }
}
