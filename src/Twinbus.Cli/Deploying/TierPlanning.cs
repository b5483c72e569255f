using System.Collections.Immutable;
using Twinbus.Deployment;
using Twinbus.Deployment.Planning;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Running;

namespace Twinbus.Cli.Deploying;

/// <summary>
/// Plans a tier on what is remembered of its hosts, and anew on what they say. Secrets and certificates that the first
/// plan made stay with the later ones: only what depends on the hosts differs.
/// </summary>
internal sealed class TierPlanning
{
    private readonly DeploymentSource source;
    private PlanningContext context;
    private PreparedDeployment? prepared;

    public TierPlanning(DeploymentSource source, PlanningContext context)
    {
        DeploymentPlanner.RefuseLoss(source, context);
        this.source = source;
        this.context = context with { Facts = context.Facts.Where(facts => source.Hosts.Any(host => host.Name == facts.Key)).ToImmutableDictionary() };
        Notices = source.Notices;
    }

    /// <summary>The last plan, with all that belongs to it.</summary>
    public PreparedDeployment Prepared => prepared ?? throw new InvalidOperationException("Nothing was planned yet.");

    /// <summary>What the operator should know, of the files and of all plans that were made.</summary>
    public ImmutableArray<Problem> Notices { get; private set; }

    /// <summary>What the runner makes its plan with.</summary>
    public PlanFactory Factory()
    {
        Plan? initial = context.Facts.IsEmpty ? null : TryMake(context.Facts);
        return new PlanFactory
        {
            Deployment = DeploymentPlanner.NameOf(context),
            Hosts = [.. source.Hosts.Select(host => host.Name)],
            Packages = source.Packages,
            Known = initial is null ? ImmutableDictionary<string, HostFacts>.Empty : context.Facts,
            Initial = initial,
            Make = Make,
        };
    }

    // A port that was taken, or a version that did not fit, may be another by now: that is for the hosts to say.
    private Plan? TryMake(ImmutableDictionary<string, HostFacts> facts)
    {
        try
        {
            return Make(facts);
        }
        catch (DeploymentException)
        {
            return null;
        }
    }

    private Plan Make(ImmutableDictionary<string, HostFacts> facts)
    {
        prepared = DeploymentPlanner.Prepare(source, context with { Facts = facts });
        context = context with { Secrets = prepared.Secrets, Certificates = prepared.Certificates.ToImmutableDictionary() };
        Notices = [.. Notices.Union(prepared.Notices)];
        return prepared.Plan;
    }
}
