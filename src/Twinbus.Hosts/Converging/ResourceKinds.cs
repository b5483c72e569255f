using System.Text.Json.Serialization.Metadata;
using Twinbus.Hosts.Plans;
using JsonDerivedType = System.Text.Json.Serialization.Metadata.JsonDerivedType;

namespace Twinbus.Hosts.Converging;

/// <summary>
/// The kinds of resources that a program knows: the type of each, what converges it, and how it travels. Composed once,
/// when the program starts; whoever makes plans and whoever carries them out compose the same.
/// </summary>
public sealed class ResourceKinds
{
    private const string Discriminator = "kind";

    private readonly Dictionary<string, Converger> convergers = new(StringComparer.Ordinal);
    private readonly Dictionary<Type, List<JsonDerivedType>> derived = [];
    private readonly Dictionary<Type, object> behaviours = [];
    private readonly List<IJsonTypeInfoResolver> resolvers = [];

    /// <summary>Adds a kind of resource.</summary>
    /// <param name="kind">Its name in JSON, plans and ledgers.</param>
    /// <param name="converger">What reads and changes it.</param>
    /// <param name="json">Its generated JSON form.</param>
    public ResourceKinds Add<TResource>(string kind, Converger<TResource> converger, JsonTypeInfo<TResource> json)
        where TResource : Resource
    {
        convergers.Add(kind, converger);
        return AddPart<Resource, TResource>(kind, converger, json);
    }

    /// <summary>Adds one form of a part of resources that differs from server to server.</summary>
    /// <param name="kind">The form's name in JSON.</param>
    /// <param name="behaviour">What is done about it: <see cref="BehaviourOf"/> gives it back.</param>
    /// <param name="json">Its generated JSON form.</param>
    /// <typeparam name="TPart">The part.</typeparam>
    /// <typeparam name="TForm">The form.</typeparam>
    public ResourceKinds AddPart<TPart, TForm>(string kind, object behaviour, JsonTypeInfo<TForm> json)
        where TForm : TPart
    {
        ArgumentNullException.ThrowIfNull(json);
        if (!derived.TryGetValue(typeof(TPart), out var forms))
        {
            derived[typeof(TPart)] = forms = [];
        }

        forms.Add(new JsonDerivedType(typeof(TForm), kind));
        behaviours.Add(typeof(TForm), behaviour);
        resolvers.Add(json.OriginatingResolver!);
        return this;
    }

    /// <summary>What is done about a form of a part.</summary>
    /// <param name="form">The form, of a type that was added.</param>
    public object BehaviourOf(object form)
    {
        ArgumentNullException.ThrowIfNull(form);
        return behaviours[form.GetType()];
    }

    /// <summary>The converger of a kind of resource.</summary>
    /// <param name="kind">The kind's name.</param>
    /// <exception cref="HostException">This program does not know the kind.</exception>
    public Converger Of(string kind) => convergers.TryGetValue(kind, out var converger)
        ? converger
        : throw new HostException(
            HostFailureReason.Protocol,
            $"This host agent knows no resource of kind {kind}.",
            "It is older than the Twinbus that made the plan, or the ledger.",
            "Run the newer Twinbus again.");

    /// <summary>The JSON forms of all kinds, behind those of <paramref name="first"/>, which knows what holds resources.</summary>
    internal IJsonTypeInfoResolver Resolve(IJsonTypeInfoResolver first) =>
        JsonTypeInfoResolver.Combine([first, .. resolvers]).WithAddedModifier(info =>
        {
            if (derived.TryGetValue(info.Type, out var forms))
            {
                info.PolymorphismOptions = new JsonPolymorphismOptions { TypeDiscriminatorPropertyName = Discriminator };
                forms.ForEach(info.PolymorphismOptions.DerivedTypes.Add);
            }
        });
}
