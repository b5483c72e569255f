using System.Text.Json.Nodes;

namespace Twinbus.Messaging;

/// <summary>
/// A hook between what code passes and what the wire carries, as the original's <c>Serializer</c>: for each argument of
/// a call, each result, each payload, and the context. Without one, plain JSON goes straight to the buffer.
/// </summary>
public abstract class MessageSerializer
{
    /// <summary>Turns a value into what the wire carries.</summary>
    public virtual JsonNode? SerializeEntity(MessageContext context, JsonNode? entity) => entity;

    /// <summary>Turns what the wire carried into a value.</summary>
    public virtual JsonNode? DeserializeEntity(MessageContext context, JsonNode? entity) => entity;

    /// <summary>Turns the context into what the wire carries.</summary>
    public virtual MessageContext SerializeContext(MessageContext context) => context;

    /// <summary>Turns what the wire carried into a context.</summary>
    public virtual MessageContext DeserializeContext(MessageContext context) => context;

    internal JsonObject SerializeArguments(MessageContext context, Payload arguments) =>
        Map(arguments.ToNode(), entity => SerializeEntity(context, entity));

    internal JsonObject DeserializeArguments(MessageContext context, JsonNode? arguments) =>
        Map(arguments, entity => DeserializeEntity(context, entity));

    private static JsonObject Map(JsonNode? members, Func<JsonNode?, JsonNode?> change)
    {
        var changed = new JsonObject();
        foreach ((string name, JsonNode? value) in members?.AsObject() ?? [])
        {
            changed[name] = change(value?.DeepClone())?.DeepClone();
        }

        return changed;
    }
}
