using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Twinbus.Messaging.Rpc;

/// <summary>
/// Endpoints from plain classes, discovered by attribute through reflection. A program that is compiled ahead of time maps
/// its methods with <see cref="RpcEndpoint.Map{TArguments, TResult}"/> instead, which needs none.
/// </summary>
public static class AttributedEndpoint
{
    private const string WhyUnsafe = "Finds methods by reflection. Map them with RpcEndpoint.Map in a trimmed or AOT-compiled program.";

    /// <summary>
    /// An endpoint with the public methods of <paramref name="instance"/> that have <see cref="RpcMethodAttribute"/>. The
    /// arguments of a call are bound by name, in snake_case; parameters of type <see cref="RpcRequest"/>,
    /// <see cref="MessageContext"/> and <see cref="CancellationToken"/> get the call's own. A parameter with a default may be
    /// left out by the caller. The result may be a value, a <see cref="Task"/> or a <see cref="ValueTask"/> of one, or none.
    /// </summary>
    /// <param name="instance">The object whose methods run; used from several threads.</param>
    /// <param name="json">How arguments and results are read and written. Null: names in snake_case.</param>
    /// <exception cref="MessagingException">No method has the attribute, or two have one name on the wire.</exception>
    [RequiresUnreferencedCode(WhyUnsafe)]
    [RequiresDynamicCode(WhyUnsafe)]
    public static RpcEndpoint From(object instance, JsonSerializerOptions? json = null)
    {
        ArgumentNullException.ThrowIfNull(instance);
        Type type = instance.GetType();
        RpcInterfaceAttribute about = type.GetCustomAttribute<RpcInterfaceAttribute>() ?? new RpcInterfaceAttribute();
        var endpoint = new RpcEndpoint
        {
            Namespace = about.Namespace,
            LegacyNamespaces = [.. about.LegacyNamespaces],
            Version = about.Version,
        };
        json ??= new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
        foreach (MethodInfo method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance))
        {
            if (method.GetCustomAttribute<RpcMethodAttribute>() is { } attribute)
            {
                endpoint.Map(attribute.Name ?? WireName(method.Name), new Binding(instance, method, json).InvokeAsync);
                endpoint.Expect(attribute.Expected);
            }
        }

        return endpoint.Methods.Count > 0
            ? endpoint
            : throw new MessagingException(
                MessagingErrorReason.InvalidOptions, $"{type} has no public method with [RpcMethod], so nothing of it could be called.");
    }

    private static string WireName(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(
        name.EndsWith("Async", StringComparison.Ordinal) ? name[..^"Async".Length] : name);

    [RequiresUnreferencedCode(WhyUnsafe)]
    [RequiresDynamicCode(WhyUnsafe)]
    private sealed class Binding
    {
        private readonly object instance;
        private readonly MethodInfo method;
        private readonly JsonSerializerOptions json;
        private readonly (ParameterInfo Parameter, string Name)[] parameters;
        private readonly HashSet<string> names;
        private readonly PropertyInfo? taskResult;

        public Binding(object instance, MethodInfo method, JsonSerializerOptions json)
        {
            this.instance = instance;
            this.method = method;
            this.json = json;
            parameters = [.. method.GetParameters().Select(parameter =>
                (parameter, JsonNamingPolicy.SnakeCaseLower.ConvertName(parameter.Name ?? "")))];
            names = [.. parameters.Where(entry => !IsOwn(entry.Parameter.ParameterType)).Select(entry => entry.Name)];
            Type result = method.ReturnType;
            taskResult = IsGeneric(result, typeof(Task<>)) || IsGeneric(result, typeof(ValueTask<>))
                ? typeof(Task<>).MakeGenericType(result.GetGenericArguments()).GetProperty(nameof(Task<int>.Result))
                : null;
        }

        public async ValueTask<Payload> InvokeAsync(RpcRequest request, CancellationToken cancellationToken)
        {
            object?[] arguments = Bind(request, cancellationToken);
            object? returned = method.Invoke(instance, BindingFlags.DoNotWrapExceptions, null, arguments, null);
            switch (returned)
            {
                case Task task:
                    await task.ConfigureAwait(false);
                    return Result(taskResult?.GetValue(task), taskResult?.PropertyType);
                case ValueTask task:
                    await task.ConfigureAwait(false);
                    return Payload.Null;
                case not null when taskResult is not null:
                    var asTask = (Task)method.ReturnType.GetMethod(nameof(ValueTask<int>.AsTask))!.Invoke(returned, null)!;
                    await asTask.ConfigureAwait(false);
                    return Result(taskResult.GetValue(asTask), taskResult.PropertyType);
                default:
                    return Result(returned, method.ReturnType);
            }
        }

        private object?[] Bind(RpcRequest request, CancellationToken cancellationToken)
        {
            JsonElement given = request.ReadArguments();
            if (given.ValueKind != JsonValueKind.Object)
            {
                throw new RpcFailureException("TypeError", $"{request.Method}() takes arguments by name");
            }

            var bound = new object?[parameters.Length];
            for (int i = 0; i < bound.Length; i++)
            {
                (ParameterInfo parameter, string name) = parameters[i];
                Type type = parameter.ParameterType;
                if (IsOwn(type))
                {
                    bound[i] = type == typeof(CancellationToken) ? cancellationToken
                        : type == typeof(RpcRequest) ? request : request.Context;
                }
                else if (given.TryGetProperty(name, out JsonElement value))
                {
                    bound[i] = Read(value, type);
                }
                else
                {
                    bound[i] = parameter.HasDefaultValue
                        ? parameter.DefaultValue
                        : throw new RpcFailureException("TypeError", $"{request.Method}() missing the argument '{name}'");
                }
            }

            // Of two members of one name the last counts, as in Python; so they are not just counted.
            foreach (JsonProperty member in given.EnumerateObject())
            {
                if (!names.Contains(member.Name))
                {
                    throw new RpcFailureException(
                        "TypeError", $"{request.Method}() got an unexpected argument '{Wire.MessageText.Name(member.Name)}'");
                }
            }

            return bound;
        }

        private object? Read(JsonElement value, Type type)
        {
            try
            {
                return value.Deserialize(type, json);
            }
            catch (JsonException error)
            {
                throw new ArgumentMismatchException(error);
            }
        }

        private Payload Result(object? value, Type? type) => value is null || type is null || type == typeof(void)
            ? Payload.Null
            : Payload.From((JsonNode?)JsonSerializer.SerializeToNode(value, type, json));

        // The call's own, which no argument is bound to.
        private static bool IsOwn(Type type) => type == typeof(CancellationToken) || type == typeof(RpcRequest) || type == typeof(MessageContext);

        private static bool IsGeneric(Type type, Type definition) =>
            type.IsGenericType && type.GetGenericTypeDefinition() == definition;
    }
}
