using System.Text.Json;
using System.Text.Json.Nodes;
using Twinbus.Cli.Failures;

namespace Twinbus.Cli.Invocation;

/// <summary><c>key=value</c> words: the value is JSON where it is valid JSON, else text.</summary>
internal static class KeyValueArguments
{
    /// <exception cref="UsageException">A word has no key, or a key stands there twice.</exception>
    public static JsonObject Read(IEnumerable<string> words)
    {
        JsonObject result = [];
        foreach (string word in words)
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new UsageException($"'{word}' is not KEY=VALUE.", "write each argument as key=value, such as seconds=2 or 'names=[\"a\",\"b\"]'");
            }

            string key = word[..equals];
            if (!result.TryAdd(key, Value(word[(equals + 1)..])))
            {
                throw new UsageException($"The key '{key}' is given twice.");
            }
        }

        return result;
    }

    private static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }
}
