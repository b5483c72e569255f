using System.Text.Json.Serialization;
using Twinbus.Deployment.Model;

namespace Twinbus.Deployment.State;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    IgnoreReadOnlyProperties = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MessagingDeployment))]
internal sealed partial class DeploymentJson : JsonSerializerContext;
