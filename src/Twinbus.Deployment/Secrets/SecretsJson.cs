using System.Text.Json;
using System.Text.Json.Serialization;
using Twinbus.Hosts;

namespace Twinbus.Deployment.Secrets;

/// <summary>The text of secrets.json: the one place where a deployment's secrets are written out.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(KeptSecrets))]
internal sealed partial class SecretsJson : JsonSerializerContext
{
    private static readonly FileFormat Kept = new("twinbus-secrets", 1);

    public static byte[] Write(DeploymentSecrets secrets)
    {
        SortedDictionary<string, string> revealed = new(StringComparer.Ordinal);
        foreach ((string name, Secret value) in secrets.Values)
        {
            revealed[name] = value.Reveal();
        }

        return JsonSerializer.SerializeToUtf8Bytes(new KeptSecrets(Kept.Name, Kept.Version, revealed), Default.KeptSecrets);
    }

    public static DeploymentSecrets Read(string file, byte[] text)
    {
        Kept.RefuseOther(file, text);
        SortedDictionary<string, string> revealed = JsonSerializer.Deserialize(text, Default.KeptSecrets)?.Secrets
            ?? throw new JsonException("the file holds no secrets");
        return revealed.Aggregate(DeploymentSecrets.None, (sum, pair) => sum.With(pair.Key, new Secret(pair.Value)));
    }
}
