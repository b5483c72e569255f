using System.Collections.Immutable;
using Twinbus.Deployment.Certificates;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Secrets;
using Twinbus.Hosts.Plans;

namespace Twinbus.Deployment.Planning;

/// <summary>All that a deploy needs: the model, the plan made of it, and the secrets in it.</summary>
public sealed record PreparedDeployment
{
    /// <summary>The model, for the deployment directory.</summary>
    public required MessagingDeployment Deployment { get; init; }

    /// <summary>What each host shall have.</summary>
    public required Plan Plan { get; init; }

    /// <summary>Kept, given and newly generated secrets; a deploy stores them before it touches a host.</summary>
    public required DeploymentSecrets Secrets { get; init; }

    /// <summary>The certificates of instances that speak TLS, by instance; a deploy keeps those of our own authorities.</summary>
    public required ImmutableSortedDictionary<string, InstanceCertificates> Certificates { get; init; }

    /// <summary>What the operator should know and need not act on, such as a port that was taken and the one taken instead.</summary>
    public required ImmutableArray<Problem> Notices { get; init; }
}
