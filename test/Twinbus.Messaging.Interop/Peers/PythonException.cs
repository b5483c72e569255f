using System.Text.Json.Nodes;

namespace Twinbus.Messaging.Interop.Peers;

/// <summary>What a Python peer raised.</summary>
public sealed class PythonException(JsonObject error) : Exception((string?)error["trace"])
{
    public string Class { get; } = (string)error["class"]!;

    public string Module { get; } = (string)error["module"]!;

    /// <summary>The exception's own text; <see cref="Exception.Message"/> is the whole traceback.</summary>
    public string Text { get; } = (string)error["message"]!;

    /// <summary>Of a RemoteError: the class that was raised at the other end.</summary>
    public string? RemoteClass { get; } = (string?)error["exc_type"];

    /// <summary>Of a RemoteError: the text that was raised at the other end.</summary>
    public string? RemoteText { get; } = (string?)error["value"];

    public JsonObject Keywords { get; } = error["kwargs"]!.AsObject();
}
