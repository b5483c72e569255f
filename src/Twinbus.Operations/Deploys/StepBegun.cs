namespace Twinbus.Operations.Deploys;

/// <summary>Something began that is not one host's.</summary>
/// <param name="Text">What, in a plain phrase, such as <c>verifying each service with real traffic</c>.</param>
public sealed record StepBegun(string Text) : OperationEvent;
