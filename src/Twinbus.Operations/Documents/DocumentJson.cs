using System.Text.Json;
using System.Text.Json.Serialization;

namespace Twinbus.Operations.Documents;

/// <summary>How documents are written, generated ahead: no reflection at start.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(BackendsDocument))]
[JsonSerializable(typeof(EventDocument))]
[JsonSerializable(typeof(HealthDocument))]
[JsonSerializable(typeof(IgnoredDocument))]
[JsonSerializable(typeof(ParametersDocument))]
[JsonSerializable(typeof(PasswordsDocument))]
[JsonSerializable(typeof(PathsDocument))]
[JsonSerializable(typeof(PlanDocument))]
[JsonSerializable(typeof(ReportDocument))]
[JsonSerializable(typeof(UrlsDocument))]
[JsonSerializable(typeof(ValidationDocument))]
internal sealed partial class DocumentJson : JsonSerializerContext
{
    private static DocumentJson? lines;

    public static DocumentJson Lines => lines ??= new DocumentJson(
        new JsonSerializerOptions(Default.Options) { WriteIndented = false, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull });
}
