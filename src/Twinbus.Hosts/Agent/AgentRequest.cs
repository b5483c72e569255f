using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Twinbus.Hosts.Locks;
using Twinbus.Hosts.Plans;

namespace Twinbus.Hosts.Agent;

/// <summary>What an agent is asked to do on its host; the first line that it reads.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "request")]
[JsonDerivedType(typeof(ConvergeRequest), "converge")]
[JsonDerivedType(typeof(RemoveRequest), "remove")]
[JsonDerivedType(typeof(ReplaceAgentRequest), "replace-agent")]
internal abstract record AgentRequest
{
    /// <summary>The host's inventory name, for its events.</summary>
    public required string Host { get; init; }

    /// <summary>Who asks, for locks.</summary>
    public required LockHolder Holder { get; init; }
}

/// <summary>
/// Read all resources and compare; then change, stage by stage, as <see cref="AgentCommand"/>s ask for it. When there is
/// no plan yet, or the host is not what it was made on, the agent says what the host is, and is told another plan.
/// </summary>
internal sealed record ConvergeRequest : AgentRequest
{
    public required string Deployment { get; init; }

    /// <summary>The host's part; null asks what the host is and has.</summary>
    public HostPlan? Plan { get; init; }

    /// <summary>
    /// Whether changes are to follow: then no other run may be at work on the deployment here, or what is compared is not
    /// what the host is going to be.
    /// </summary>
    public required bool MayChange { get; init; }

    /// <summary>Packages whose versions are wanted among the facts.</summary>
    public ImmutableArray<string> Packages { get; init; } = [];
}

/// <summary>Remove all that the deployment made.</summary>
internal sealed record RemoveRequest : AgentRequest
{
    public required string Deployment { get; init; }

    public required bool PurgePackages { get; init; }
}

/// <summary>
/// Put another agent into the agent's place. Understood by every version, so that a user whose sudo covers the agent
/// alone can go on to the next version; it gives no right that the agent does not give anyway.
/// </summary>
internal sealed record ReplaceAgentRequest : AgentRequest
{
    public required byte[] Program { get; init; }

    /// <summary>SHA-256 of the program.</summary>
    public required string Sum { get; init; }
}
