using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Twinbus.Lab.Tests.Secrets;

/// <summary>Secrets to search for, each under the name of what it is; more may become known while the search goes on.</summary>
internal sealed class Canaries
{
    private readonly Lock gate = new();
    private ImmutableDictionary<string, string> texts = ImmutableDictionary<string, string>.Empty;
    private ImmutableArray<(string Name, byte[] Bytes)> needles = [];

    public IReadOnlyDictionary<string, string> Texts => texts;

    /// <summary>A new secret, like none that was ever there.</summary>
    public string New(string name)
    {
        var text = $"Canary{name}{Convert.ToHexString(RandomNumberGenerator.GetBytes(8))}";
        Add(name, text);
        return text;
    }

    public void Add(string name, string text)
    {
        lock (gate)
        {
            texts = texts.SetItem(name, text);
            needles = [.. texts.Select(t => (t.Key, Encoding.UTF8.GetBytes(t.Value)))];
        }
    }

    /// <summary>Takes in what a deployment keeps: generated passwords and private keys too.</summary>
    public void AddDeployment(string directory)
    {
        foreach (var (name, value) in JsonNode.Parse(File.ReadAllText(Path.Combine(directory, "secrets.json")))!["secrets"]!.AsObject().SelectMany(Leaves))
        {
            Add(name, value);
        }

        foreach (var file in Directory.EnumerateFiles(directory, "*.pem", SearchOption.AllDirectories))
        {
            var lines = File.ReadAllLines(file);
            var key = Array.FindIndex(lines, line => line.StartsWith("-----BEGIN", StringComparison.Ordinal) && line.Contains("PRIVATE KEY", StringComparison.Ordinal));
            if (key >= 0)
            {
                // The first line begins alike in all keys of one kind.
                Add($"key of {Path.GetRelativePath(directory, file)}", lines[key + 2]);
            }
        }

        static IEnumerable<(string Name, string Value)> Leaves(KeyValuePair<string, JsonNode?> node) => node.Value switch
        {
            JsonObject inner => inner.SelectMany(Leaves),
            JsonValue value when value.GetValueKind() == System.Text.Json.JsonValueKind.String => [(node.Key, value.GetValue<string>())],
            _ => [],
        };
    }

    /// <summary>The names of those that a text holds.</summary>
    public IEnumerable<string> In(ReadOnlySpan<byte> text)
    {
        List<string>? found = null;
        foreach (var (name, bytes) in needles)
        {
            if (text.IndexOf(bytes) >= 0)
            {
                (found ??= []).Add(name);
            }
        }

        return found ?? [];
    }

    /// <summary>The names of those that a text holds.</summary>
    public IEnumerable<string> In(string text) => In(Encoding.UTF8.GetBytes(text));
}
