using System.Collections.Immutable;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Certificates;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Templates;
using Twinbus.Hosts;
using Twinbus.Hosts.Running;

namespace Twinbus.Deployment.Planning;

/// <summary>Turns checked input into a model and a plan. Pure: it reads no file and asks no host.</summary>
public static class TierPlanner
{
    /// <summary>The deployment's name: that of the last deploy, else after its directory.</summary>
    public static string NameOf(PlanningContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Previous?.Deployment ?? (context.IsDefaultDirectory ? "default" : DeploymentName.Of(context.DeploymentDirectory));
    }

    /// <summary>The model, the plan and the secrets of a deploy.</summary>
    /// <exception cref="DeploymentException">A port is taken, or a backend is not deployed by this version.</exception>
    public static PreparedTier Prepare(TierSource source, PlanningContext context)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(context);
        source.RequireDeployable();
        ProblemList problems = new();
        TierModel model = new TierModelBuilder(source, context, problems).Build();
        new ClientCheck(source.Services, problems).Check(model.Tier);
        problems.ThrowIfAny();
        ImmutableSortedDictionary<string, InstanceCertificates> certificates = new CertificatePlanner(source, context, problems).Prepare(model.Tier);
        return new PreparedTier
        {
            Tier = model.Tier,
            Plan = PlanOf(model with { Certificates = certificates }, host => GroundOf(host, source, context, model.Ports)),
            Certificates = certificates,
            Secrets = model.Secrets,
            Notices = [.. source.Notices, .. problems.Notices],
        };
    }

    /// <summary>Refuses, before any host is asked, what would lose all that a broker instance holds, or forget a host that is there.</summary>
    /// <exception cref="DeploymentException">There is such a thing.</exception>
    public static void RefuseLoss(TierSource source, PlanningContext context)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(context);
        ProblemList problems = new();
        new LossCheck(source, context, problems).Check();
        problems.ThrowIfAny();
    }

    /// <summary>
    /// The model that a deploy would come to, of any backend, as far as it is known without the hosts: a default port may turn
    /// out to be taken there.
    /// </summary>
    public static MessagingTier Foresee(TierSource source, PlanningContext context)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(context);
        ProblemList problems = new();
        MessagingTier tier = Foresee(source, context, problems);
        problems.ThrowIfAny(DeploymentFailureReason.PortTaken);
        return tier;
    }

    internal static MessagingTier Foresee(TierSource source, PlanningContext context, ProblemList problems) =>
        new TierModelBuilder(source, context, problems).Foresee();

    private static Plan PlanOf(TierModel model, Func<TierHost, PlanGround?> groundOf)
    {
        ILookup<string, (BrokerInstance Instance, BrokerNode Node)> byHost = model.Tier.Instances
            .SelectMany(instance => instance.Nodes, (instance, node) => (instance, node))
            .ToLookup(pair => pair.node.Host);
        return new Plan
        {
            Deployment = model.Tier.Deployment,
            Hosts = [.. model.Tier.Hosts.Select(host => new HostPlan { Host = host.Name, Stages = StagesOf(byHost[host.Name], model), Ground = groundOf(host) })],
        };
    }

    private static PlanGround? GroundOf(TierHost host, TierSource source, PlanningContext context, InstancePorts ports) =>
        context.Facts.TryGetValue(host.Name, out HostFacts? facts) ? PlanGround.Of(facts, source.Packages, ports.Looked(host.Name)) : null;

    // What several instances on a host need alike, such as the package, is there once: where it is first needed.
    private static ImmutableArray<StagePlan> StagesOf(IEnumerable<(BrokerInstance Instance, BrokerNode Node)> nodes, TierModel model)
    {
        StagePlan[] all =
        [
            .. nodes.SelectMany(pair => (IEnumerable<StagePlan>)
            [
                new StagePlan(Stage.Claim, [model.Ports.Claim(pair.Instance)]),
                .. BackendRegistry.Find(pair.Instance.Backend)!.Nodes!.Plan(PlanningOf(pair.Instance, model), pair.Node),
            ]),
        ];
        return
        [
            .. all.GroupBy(stage => stage.Stage)
                .OrderBy(stage => stage.Key)
                .Select(stage => new StagePlan(
                    stage.Key,
                    [.. stage.SelectMany(part => part.Resources).DistinctBy(resource => (resource.Kind, resource.Name))])),
        ];
    }

    private static InstancePlanning PlanningOf(BrokerInstance instance, TierModel model) => new(
        model.Tier, instance, [.. model.Tier.Services.Where(service => service.Instance == instance.Name)], model.Secrets)
        {
            Certificates = model.Certificates.GetValueOrDefault(instance.Name),
        };
}
