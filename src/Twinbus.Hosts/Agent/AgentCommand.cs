using System.Text.Json.Serialization;
using Twinbus.Hosts.Plans;

namespace Twinbus.Hosts.Agent;

/// <summary>What the runner asks of an agent that has checked its host.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "command")]
[JsonDerivedType(typeof(TakePlan), "plan")]
[JsonDerivedType(typeof(ApplyStage), "apply")]
[JsonDerivedType(typeof(Finish), "finish")]
[JsonDerivedType(typeof(StillHere), "still-here")]
internal abstract record AgentCommand;

/// <summary>Check against this plan; it takes the place of the one before.</summary>
internal sealed record TakePlan(HostPlan Plan) : AgentCommand;

/// <summary>Converge the resources of one stage.</summary>
internal sealed record ApplyStage(Stage Stage) : AgentCommand;

/// <summary>There is no more to do.</summary>
internal sealed record Finish : AgentCommand;

/// <summary>
/// Sent now and then over a connection that may be cut without a word: an agent that hears nothing for a while gives up
/// its lock, so that the next run need not wait for it.
/// </summary>
internal sealed record StillHere : AgentCommand;
