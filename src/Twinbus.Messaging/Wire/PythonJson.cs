using System.Text.Json;
using System.Text.Json.Nodes;

namespace Twinbus.Messaging.Wire;

/// <summary>
/// Python's json module writes <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>, which JSON does not have. Infinities
/// become numbers beyond a double's range (<c>1e999</c>, which reads as infinity everywhere), NaN the string
/// <c>"NaN"</c>, which a double reads with <c>JsonNumberHandling.AllowNamedFloatingPointLiterals</c>.
/// </summary>
internal static class PythonJson
{
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = PooledBuffer.MaxWrittenDepth };

    /// <summary>A tree of what is within the limits of messages, which are wider than those of .NET's readers unless told.</summary>
    public static JsonNode? ParseNode(ReadOnlySpan<byte> json) => JsonNode.Parse(json, documentOptions: Deep);

    /// <summary>As <see cref="ParseNode"/>, for a text; the caller disposes it.</summary>
    public static JsonDocument ParseDocument(string json) => JsonDocument.Parse(json, Deep);

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

    /// <summary>The position behind the string that begins with the quote.</summary>
    public static int EndOfString(ReadOnlySpan<byte> json, int quote)
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
