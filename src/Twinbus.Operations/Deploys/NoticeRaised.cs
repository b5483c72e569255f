using Twinbus.Deployment;

namespace Twinbus.Operations.Deploys;

/// <summary>Something that the operator should know and need not act on.</summary>
/// <param name="Notice">What it is.</param>
public sealed record NoticeRaised(Problem Notice) : OperationEvent;
