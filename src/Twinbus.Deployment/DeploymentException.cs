using System.Collections.Immutable;

namespace Twinbus.Deployment;

/// <summary>Why a deployment cannot go on.</summary>
public enum DeploymentFailureReason
{
    /// <summary>A file that was given, or a combination of values in it, is wrong; nothing was touched.</summary>
    InvalidInput,

    /// <summary>A port that the deployment needs on a host is held by somebody else.</summary>
    PortTaken,

    /// <summary>The model is right, and this version of Twinbus does not deploy that backend.</summary>
    NotDeployable,

    /// <summary>There is no deployment in the directory.</summary>
    NotDeployed,

    /// <summary>A plan that was looked at is to be deployed, and what it was made of is not as it was; nothing was touched.</summary>
    StalePlan,

    /// <summary>What the deployment directory keeps cannot be read or written.</summary>
    Directory,
}

/// <summary>Something wrong with what was given: what, where, why, and what to do next.</summary>
/// <param name="What">What is wrong, without a full stop, such as <c>unknown parameter RcpPort</c>.</param>
/// <param name="Why">Why that is wrong, without a full stop; may be empty.</param>
/// <param name="Next">What to do next, without a full stop.</param>
public sealed record Problem(string What, string Why, string Next)
{
    /// <summary>Where it stands; null when no file said it.</summary>
    public SourcePlace? Place { get; init; }

    /// <summary><c>file:line:column: what: why; what to do</c>.</summary>
    public override string ToString()
    {
        string place = Place is { } known ? $"{known}: " : "";
        string why = Why.Length > 0 ? $": {Why}" : "";
        string next = Next.Length > 0 ? $"; {Next}" : "";
        return $"{place}{What}{why}{next}";
    }
}

/// <summary>The one exception of this library: all problems of what was given, at once.</summary>
public sealed class DeploymentException : Exception
{
    /// <summary>The problems in the order in which a reader would mend them; at least one.</summary>
    public DeploymentException(DeploymentFailureReason reason, ImmutableArray<Problem> problems, Exception? inner = null)
        : base(string.Join('\n', problems.AsEnumerable()), inner)
    {
        Reason = reason;
        Problems = problems;
    }

    /// <summary>One problem.</summary>
    public DeploymentException(DeploymentFailureReason reason, Problem problem, Exception? inner = null)
        : this(reason, [problem], inner)
    {
    }

    /// <summary>The class of the failure; what an exit code is chosen by.</summary>
    public DeploymentFailureReason Reason { get; }

    /// <summary>Each problem with its place.</summary>
    public ImmutableArray<Problem> Problems { get; }
}
