namespace Twinbus.Operations.Deploys;

/// <summary>Something that happens while an operation runs.</summary>
public abstract record OperationEvent
{
    private protected OperationEvent()
    {
    }
}
