using System.Text.Json;
using System.Text.Json.Serialization;
using Twinbus.Hosts;

namespace Twinbus.Deployment.Secrets;

/// <summary>The text of secrets.json: the one place where a deployment's secrets are written out.</summary>
[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(SortedDictionary<string, string>))]
internal sealed partial class SecretsJson : JsonSerializerContext
{
    public static byte[] Write(DeploymentSecrets secrets)
    {
        SortedDictionary<string, string> revealed = new(StringComparer.Ordinal);
        foreach ((string name, Secret value) in secrets.Values)
        {
            revealed[name] = value.Reveal();
        }

        return JsonSerializer.SerializeToUtf8Bytes(revealed, Default.SortedDictionaryStringString);
    }

    public static DeploymentSecrets Read(byte[] text)
    {
        SortedDictionary<string, string> revealed = JsonSerializer.Deserialize(text, Default.SortedDictionaryStringString)
            ?? throw new JsonException("the file holds null");
        DeploymentSecrets secrets = DeploymentSecrets.None;
        return revealed.Aggregate(secrets, (sum, pair) => sum.With(pair.Key, new Secret(pair.Value)));
    }
}
