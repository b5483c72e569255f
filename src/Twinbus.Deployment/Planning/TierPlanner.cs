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
        RefuseUndeployable(source);
        ProblemList problems = new();
        TierModel model = new TierModelBuilder(source, context, problems).Build();
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

    private static void RefuseUndeployable(TierSource source)
    {
        ImmutableArray<Problem> problems =
        [
            .. source.Services
                .Where(service => service.Backend?.Capabilities.NotDeployedBecause is not null)
                .Select(service => new Problem(
                    $"this version of Twinbus does not deploy {service.Backend!.Capabilities.Title} yet",
                    service.Backend.Capabilities.NotDeployedBecause!,
                    $"map {service.RegistryName} to another backend") { Place = service.Place }),
        ];
        if (problems.Length > 0)
        {
            throw new DeploymentException(DeploymentFailureReason.NotDeployable, problems);
        }
    }

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
        StagePlan[] all = [.. nodes.SelectMany(pair => BackendRegistry.Find(pair.Instance.Backend)!.Nodes!.Plan(PlanningOf(pair.Instance, model), pair.Node))];
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
