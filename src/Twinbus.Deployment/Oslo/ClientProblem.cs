namespace Twinbus.Deployment.Oslo;

/// <summary>What clients cannot be told, and what of the deployment leads to it.</summary>
/// <param name="Problem">What is wrong; its place is not known here.</param>
/// <param name="Service">The messaging service that it is about.</param>
internal sealed record ClientProblem(Problem Problem, string Service)
{
    /// <summary>The parameter, without the service's prefix, that leads to it; null when it follows from the backend alone.</summary>
    public string? Parameter { get; init; }

    /// <summary>Whether it stops nothing, and is only said.</summary>
    public bool IsNote { get; init; }

    /// <summary>Whether another release of oslo.messaging would not have it.</summary>
    public bool IsOfRelease { get; init; }
}
