using System.Text.Json.Nodes;

namespace Twinbus.Messaging.Interop.Wire;

/// <summary>One thing that a client said: a method and its arguments, and for a publish the properties and the body.</summary>
/// <param name="Method">As the AMQP 0-9-1 specification names it: <c>queue.declare</c>.</param>
/// <param name="Arguments">The method's arguments in the order of the wire.</param>
/// <param name="Properties">Of a publish: those of the basic properties that are present.</param>
/// <param name="Body">Of a publish: the body.</param>
internal sealed record Capture(string Method, JsonObject Arguments, JsonObject? Properties = null, byte[]? Body = null);
