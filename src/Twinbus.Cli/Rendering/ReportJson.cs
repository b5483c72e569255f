using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Model;
using Twinbus.Hosts.Running;
using Twinbus.Operations.Health;

namespace Twinbus.Cli.Rendering;

/// <summary>What <c>up</c>, <c>plan</c>, <c>deploy</c> and <c>down</c> print with <c>--format json</c>.</summary>
/// <param name="Changed">How many resources changed, or would.</param>
/// <param name="Resources">Those resources only.</param>
internal sealed record ChangeDocument(int Changed, ImmutableArray<ResourceChange> Resources)
{
    public static ChangeDocument Of(RunReport report) => new(report.Changes.Length, report.Changes);
}

/// <summary>Every JSON document that the command line prints, generated ahead: no reflection at start.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ChangeDocument))]
[JsonSerializable(typeof(ValidationDocument))]
[JsonSerializable(typeof(HealthReport))]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(Dictionary<string, PathsDocument>))]
[JsonSerializable(typeof(ImmutableArray<BackendCapabilities>))]
[JsonSerializable(typeof(ImmutableArray<ResolvedParameter>))]
internal sealed partial class ReportJson : JsonSerializerContext
{
    /// <summary>Prints one document and ends the line.</summary>
    public static void Write<T>(Terminal terminal, T document, JsonTypeInfo<T> type) =>
        terminal.Output.WriteLine(JsonSerializer.Serialize(document, type));
}
