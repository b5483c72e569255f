using System.Collections.Immutable;
using Twinbus.Deployment.Certificates;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Secrets;
using Twinbus.Hosts.Plans;

namespace Twinbus.Deployment.Planning;

/// <summary>What a plan depends on besides the given files.</summary>
public sealed record PlanningContext
{
    /// <summary>The deployment directory, absolute: the name of a new deployment follows from it.</summary>
    public required string DeploymentDirectory { get; init; }

    /// <summary>Whether that is the default directory, whose deployment is called <c>default</c>.</summary>
    public bool IsDefaultDirectory { get; init; }

    /// <summary>The model of the last deploy, whose name and ports are kept; null on the first.</summary>
    public MessagingDeployment? Previous { get; init; }

    /// <summary>The secrets that the deployment has.</summary>
    public DeploymentSecrets Secrets { get; init; } = DeploymentSecrets.None;

    /// <summary>The certificates that the deployment keeps, by instance.</summary>
    public ImmutableDictionary<string, InstanceCertificates> Certificates { get; init; } = ImmutableDictionary<string, InstanceCertificates>.Empty;

    /// <summary>What each host is and has, by inventory name.</summary>
    public required ImmutableDictionary<string, HostFacts> Facts { get; init; }

    /// <summary>Where new secrets come from.</summary>
    public required ByteSource Bytes { get; init; }

    /// <summary>Where new private keys come from.</summary>
    public KeySource Keys { get; init; } = CertificateSources.System.Keys;

    /// <summary>The clock, for certificates.</summary>
    public required TimeProvider Clock { get; init; }

    /// <summary>Of no deployment and no host: what files say by themselves.</summary>
    internal static PlanningContext OfFilesAlone(TimeProvider clock) => new()
    {
        DeploymentDirectory = "DEPLOYMENT",
        IsDefaultDirectory = true,
        Facts = ImmutableDictionary<string, HostFacts>.Empty,
        Bytes = NoSecrets,
        Clock = clock,
    };

    private static void NoSecrets(Span<byte> destination) => throw new InvalidOperationException("A model that is only foreseen has no secrets.");
}
