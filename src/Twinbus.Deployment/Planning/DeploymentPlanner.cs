using System.Collections.Immutable;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Certificates;
using Twinbus.Deployment.Checks;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Ports;
using Twinbus.Deployment.Reading;
using Twinbus.Hosts.Plans;

namespace Twinbus.Deployment.Planning;

/// <summary>Turns checked input into a model and a plan. Pure: it reads no file and asks no host.</summary>
public static class DeploymentPlanner
{
    /// <summary>The deployment's name: that of the last deploy, else after its directory.</summary>
    public static string NameOf(PlanningContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Previous?.Name ?? (context.IsDefaultDirectory ? "default" : DeploymentName.Of(context.DeploymentDirectory));
    }

    /// <summary>The model, the plan and the secrets of a deploy.</summary>
    /// <exception cref="DeploymentException">A port is taken, or a backend is not deployed by this version.</exception>
    public static PreparedDeployment Prepare(DeploymentSource source, PlanningContext context)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(context);
        source.RequireDeployable();
        ProblemList problems = new();
        DeploymentModel model = new DeploymentModelBuilder(source, context, problems).Build();
        new ClientCheck(source.Services, source.Backends, problems).Check(model.Deployment);
        problems.ThrowIfAny();
        ImmutableSortedDictionary<string, InstanceCertificates> certificates = new CertificateResolver(source, context, problems).Prepare(model.Deployment);
        return new PreparedDeployment
        {
            Deployment = model.Deployment,
            Plan = PlanOf(source.Backends, model with { Certificates = certificates }, host => AssumptionsOf(host, source, context, model.Ports)),
            Certificates = certificates,
            Secrets = model.Secrets,
            Notices = [.. source.Notices, .. problems.Notices],
        };
    }

    /// <summary>Refuses, before any host is asked, what would lose all that a broker instance holds, or forget a host that is there.</summary>
    /// <exception cref="DeploymentException">There is such a thing.</exception>
    public static void RefuseLoss(DeploymentSource source, PlanningContext context)
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
    public static MessagingDeployment Foresee(DeploymentSource source, PlanningContext context)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(context);
        ProblemList problems = new();
        MessagingDeployment deployment = Foresee(source, context, problems);
        problems.ThrowIfAny(DeploymentFailureReason.PortTaken);
        return deployment;
    }

    internal static MessagingDeployment Foresee(DeploymentSource source, PlanningContext context, ProblemList problems) =>
        new DeploymentModelBuilder(source, context, problems).Foresee();

    private static Plan PlanOf(BackendRegistry backends, DeploymentModel model, Func<DeploymentHost, PlanAssumptions?> assumptionsOf)
    {
        ILookup<string, (BrokerInstance Instance, BrokerNode Node)> byHost = model.Deployment.Instances
            .SelectMany(instance => instance.Nodes, (instance, node) => (instance, node))
            .ToLookup(pair => pair.node.Host);
        return new Plan
        {
            Deployment = model.Deployment.Name,
            Hosts =
            [
                .. model.Deployment.Hosts.Select(host => new HostPlan
                {
                    Host = host.Name,
                    Stages = StagesOf(byHost[host.Name], backends, model),
                    Assumptions = assumptionsOf(host),
                    ProvidedElsewhere = ProvidedElsewhere(byHost[host.Name], backends, model),
                }),
            ],
        };
    }

    private static PlanAssumptions? AssumptionsOf(DeploymentHost host, DeploymentSource source, PlanningContext context, InstancePorts ports) =>
        context.Facts.TryGetValue(host.Name, out HostFacts? facts) ? PlanAssumptions.Of(facts, source.Packages, ports.Consulted(host.Name)) : null;

    // What several instances on a host need alike, such as the package, is there once: where it is first needed.
    private static ImmutableArray<StagePlan> StagesOf(IEnumerable<(BrokerInstance Instance, BrokerNode Node)> nodes, BackendRegistry backends, DeploymentModel model)
    {
        StagePlan[] all =
        [
            .. nodes.SelectMany(pair => (IEnumerable<StagePlan>)
            [
                new StagePlan(Stage.Reserve, [model.Ports.Reservation(pair.Instance)]),
                .. backends.Find(pair.Instance.Backend)!.Nodes!.Plan(PlanningOf(pair.Instance, model), pair.Node),
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

    private static ImmutableArray<string> ProvidedElsewhere(
        IEnumerable<(BrokerInstance Instance, BrokerNode Node)> nodes, BackendRegistry backends, DeploymentModel model) =>
    [
        .. nodes.Where(pair => backends.Find(pair.Instance.Backend)!.Nodes!.IsProvidedElsewhere(PlanningOf(pair.Instance, model), pair.Node))
            .Select(pair => pair.Instance.FullName),
    ];

    private static InstancePlanning PlanningOf(BrokerInstance instance, DeploymentModel model) => new(
        model.Deployment, instance, [.. model.Deployment.Services.Where(service => service.Instance == instance.Name)], model.Secrets)
        {
            Certificates = model.Certificates.GetValueOrDefault(instance.Name),
        };
}
