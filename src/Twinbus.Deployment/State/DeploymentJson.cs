using System.Text.Json;
using System.Text.Json.Serialization;
using Twinbus.Deployment.Model;

namespace Twinbus.Deployment.State;

/// <summary>The text of deployment.json: the model under a head that names format and version.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    IgnoreReadOnlyProperties = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(KeptModel))]
internal sealed partial class DeploymentJson : JsonSerializerContext
{
    private static readonly FileFormat Kept = new("twinbus-deployment", 1);

    public static byte[] Write(MessagingDeployment tier) => JsonSerializer.SerializeToUtf8Bytes(new KeptModel(Kept.Name, Kept.Version, tier), Default.KeptModel);

    public static MessagingDeployment? Read(string file, byte[] text)
    {
        Kept.RefuseOther(file, text);
        return JsonSerializer.Deserialize(text, Default.KeptModel)?.Model;
    }
}
