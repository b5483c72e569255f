using System.Text.Json;
using System.Text.Json.Serialization;

namespace Twinbus.Operations.Documents;

/// <summary>A JSON document that programs read. It names its format and that format's version, which a change that breaks readers raises.</summary>
public abstract record Document
{
    private protected Document(string format, int version)
    {
        Format = format;
        Version = version;
    }

    /// <summary>What kind of document it is, such as <c>twinbus-plan</c>.</summary>
    [JsonPropertyOrder(-2)]
    public string Format { get; }

    /// <summary>The version of that format, from 1.</summary>
    [JsonPropertyOrder(-1)]
    public int Version { get; }

    /// <summary>The document as indented JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, DocumentJson.Default.GetTypeInfo(GetType())!);

    /// <summary>The document on one line, without what does not apply; for a stream of documents.</summary>
    public string ToJsonLine() => JsonSerializer.Serialize(this, DocumentJson.Lines.GetTypeInfo(GetType())!);
}
