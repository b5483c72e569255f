using System.Text.Json.Serialization;

namespace Twinbus.Hosts.Converging;

/// <summary>A ledger as it lies on a host.</summary>
internal sealed record LedgerDocument(string Format, int Version, List<LedgerEntry> Entries);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    WriteIndented = true)]
[JsonSerializable(typeof(LedgerDocument))]
internal sealed partial class LedgerJson : JsonSerializerContext;
