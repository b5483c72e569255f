using System.Text.Json.Serialization;

namespace Twinbus.Messaging.Benchmarks;

internal sealed record EchoArguments([property: JsonPropertyName("data")] string Data)
{
    /// <summary>One kibibyte of text, as in the broker benches.</summary>
    public static EchoArguments Kibibyte { get; } =
        new(string.Concat(Enumerable.Range(0, 74).Select(line => $"{line:x4} twinbus.."))[..1024]);
}

[JsonSerializable(typeof(EchoArguments))]
internal sealed partial class BenchmarkJson : JsonSerializerContext;
