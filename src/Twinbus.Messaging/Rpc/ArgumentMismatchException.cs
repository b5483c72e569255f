using System.Text.Json;

namespace Twinbus.Messaging.Rpc;

/// <summary>The arguments that came are not of the types that the method takes.</summary>
internal sealed class ArgumentMismatchException(JsonException why) : JsonException(why.Message, why);
