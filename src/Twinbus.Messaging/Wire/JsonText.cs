using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Twinbus.Messaging.Wire;

/// <summary>
/// Names and texts of JSON from Python, whose strings may be no Unicode: half a surrogate pair stands there for a byte of a
/// file's name that was no text. .NET's readers throw at one; these put the replacement character in its place.
/// </summary>
internal static class JsonText
{
    /// <summary>Whether the name under the reader is this one, which is ASCII.</summary>
    public static bool NameIs(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) => reader.ValueIsEscaped
        ? StartsWithEscaped(reader.ValueSpan, name, out int used) && used == reader.ValueSpan.Length
        : reader.ValueSpan.SequenceEqual(name);

    /// <summary>Whether the name under the reader begins like this, which is ASCII.</summary>
    public static bool NameBegins(ref Utf8JsonReader reader, ReadOnlySpan<byte> prefix) => reader.ValueIsEscaped
        ? StartsWithEscaped(reader.ValueSpan, prefix, out _)
        : reader.ValueSpan.StartsWith(prefix);

    /// <summary>The name or the string under the reader.</summary>
    public static string Of(ref Utf8JsonReader reader)
    {
        string raw = Encoding.UTF8.GetString(reader.ValueSpan);
        return reader.ValueIsEscaped ? Unescape(raw) : raw;
    }

    /// <summary>A string's text.</summary>
    public static string Of(JsonElement element)
    {
        ReadOnlySpan<byte> quoted = JsonMarshal.GetRawUtf8Value(element);
        string raw = Encoding.UTF8.GetString(quoted[1..^1]);
        return raw.Contains('\\', StringComparison.Ordinal) ? Unescape(raw) : raw;
    }

    // The raw text is well-formed JSON, without its quotes.
    private static string Unescape(string raw)
    {
        var text = new StringBuilder(raw.Length);
        for (int i = 0; i < raw.Length; i++)
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

    // No letter of ours is written with a short escape such as \n.
    private static bool StartsWithEscaped(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> text, out int used)
    {
        used = 0;
        foreach (byte letter in text)
        {
            if (used >= raw.Length)
            {
                return false;
            }

            byte found = raw[used++];
            if (found == '\\')
            {
                if (raw.Length < used + 5 || raw[used] != 'u' || !ushort.TryParse(
                    raw.Slice(used + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort value) || value > 0x7f)
                {
                    return false;
                }

                found = (byte)value;
                used += 5;
            }

            if (found != letter)
            {
                return false;
            }
        }

        return true;
    }
}
