using System.Collections.Immutable;
using Twinbus.Hosts;

namespace Twinbus.Deployment.Secrets;

/// <summary>The secrets of a deployment by name: passwords by parameter (<c>RpcPassword</c>), an instance's own as <c>messaging.cookie</c>.</summary>
public sealed record DeploymentSecrets
{
    /// <summary>No secrets yet.</summary>
    public static DeploymentSecrets None { get; } = new();

    /// <summary>All of them, in name order.</summary>
    public ImmutableSortedDictionary<string, Secret> Values { get; init; } =
        ImmutableSortedDictionary.Create<string, Secret>(StringComparer.Ordinal);

    /// <summary>The secret called <paramref name="name"/>, or null.</summary>
    public Secret? Find(string? name) => name is null ? null : Values.GetValueOrDefault(name);

    /// <summary>The secret called <paramref name="name"/>, which the deployment has.</summary>
    /// <exception cref="DeploymentException">It has not.</exception>
    public Secret this[string name] => Find(name) ?? throw new DeploymentException(
        DeploymentFailureReason.Directory,
        new Problem($"the secret {name} is missing", "the deployment's secrets.json does not hold it", "run twinbus deploy, which makes it again"));

    /// <summary>These secrets and one more, which takes the place of one of the same name.</summary>
    public DeploymentSecrets With(string name, Secret value) => this with { Values = Values.SetItem(name, value) };

    /// <summary>Whether both hold the same names with the same values.</summary>
    public bool SameAs(DeploymentSecrets other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Values.Count == other.Values.Count && Values.All(pair => other.Find(pair.Key) == pair.Value);
    }
}
