using System.Text.Json.Serialization;
using Twinbus.Hosts.Plans;

namespace Twinbus.Hosts.Converging;

/// <summary>Something that happened on a host during a run. Events of one host come in order.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(HostReached), "reached")]
[JsonDerivedType(typeof(RunAwaited), "awaited")]
[JsonDerivedType(typeof(StageBegun), "stage")]
[JsonDerivedType(typeof(StageEnded), "stage-ended")]
[JsonDerivedType(typeof(ResourceProgress), "progress")]
[JsonDerivedType(typeof(ResourceChecked), "checked")]
[JsonDerivedType(typeof(ResourceConverged), "converged")]
[JsonDerivedType(typeof(HostChecked), "host-checked")]
[JsonDerivedType(typeof(HostFailed), "failed")]
[JsonDerivedType(typeof(HostEnded), "ended")]
[JsonDerivedType(typeof(FactsRead), "facts")]
[JsonDerivedType(typeof(ReservationRefused), "reservation-refused")]
[JsonDerivedType(typeof(HostAlive), "alive")]
public abstract record HostEvent
{
    private protected HostEvent()
    {
    }

    /// <summary>The host's inventory name.</summary>
    public string Host { get; init; } = "";
}

/// <summary>The host answers and its agent runs.</summary>
public sealed record HostReached : HostEvent
{
    /// <summary>SHA-256 of the agent, when it is a program of its own.</summary>
    public string? Agent { get; init; }
}

/// <summary>Another run of the same deployment holds the host; its end is awaited.</summary>
/// <param name="Text">Who that is and what it is at, in a plain phrase.</param>
public sealed record RunAwaited(string Text) : HostEvent;

/// <summary>The host began a stage of changes.</summary>
/// <param name="Stage">The stage.</param>
public sealed record StageBegun(Stage Stage) : HostEvent;

/// <summary>The host finished a stage of changes.</summary>
/// <param name="Stage">The stage.</param>
public sealed record StageEnded(Stage Stage) : HostEvent;

/// <summary>Something takes time; a plain phrase says what and for how long.</summary>
/// <param name="Kind">The resource's kind.</param>
/// <param name="Name">The resource's name.</param>
/// <param name="Text">Such as <c>waiting for the broker to listen, 4 s</c>.</param>
public sealed record ResourceProgress(string Kind, string Name, string Text) : HostEvent;

/// <summary>A resource was read and compared; nothing was changed.</summary>
/// <param name="Kind">The resource's kind.</param>
/// <param name="Name">The resource's name.</param>
/// <param name="Action">What a deploy would do.</param>
/// <param name="Detail">What differs, in a plain phrase.</param>
public sealed record ResourceChecked(string Kind, string Name, ResourceAction Action, string Detail) : HostEvent;

/// <summary>A resource was converged; sent also when nothing had to be changed.</summary>
/// <param name="Kind">The resource's kind.</param>
/// <param name="Name">The resource's name.</param>
/// <param name="Action">What was done.</param>
/// <param name="Detail">What differed, in a plain phrase.</param>
public sealed record ResourceConverged(string Kind, string Name, ResourceAction Action, string Detail) : HostEvent;

/// <summary>All resources of the host were read.</summary>
/// <param name="Pending">How many of them a deploy would change.</param>
/// <param name="Fingerprint">SHA-256 over the outcomes; equal when the host still differs in the same way.</param>
public sealed record HostChecked(int Pending, string Fingerprint) : HostEvent;

/// <summary>The host takes no further part in this run.</summary>
/// <param name="Failure">What went wrong.</param>
public sealed record HostFailed(HostFailure Failure) : HostEvent;

/// <summary>The host did all that was asked.</summary>
public sealed record HostEnded : HostEvent;

/// <summary>What was found out about the host.</summary>
/// <param name="Facts">The facts.</param>
public sealed record FactsRead(HostFacts Facts) : HostEvent;

/// <summary>Another deployment reserved a port between the plan and the reservation; the host awaits another plan.</summary>
/// <param name="Failure">Which port, and whose it is.</param>
/// <param name="Facts">What the host is by now.</param>
public sealed record ReservationRefused(HostFailure Failure, HostFacts Facts) : HostEvent;

/// <summary>An agent's answer to a runner that says that it is still there; between the two only.</summary>
internal sealed record HostAlive : HostEvent;
