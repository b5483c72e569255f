using System.Threading.Channels;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Agent;

/// <summary>
/// Agrees with the runner on a plan that holds on this host, and then follows it. What the runner remembers of the host
/// is compared with the host here, where it costs a few milliseconds and no exchange of its own.
/// </summary>
internal sealed class PlanNegotiation(
    ConvergeRequest request, ResourceKinds kinds, HostLayout layout, TimeProvider clock, Action<HostEvent> tell)
{
    public async Task RunAsync(ChannelReader<AgentCommand> commands, CancellationToken cancellationToken)
    {
        if (request.MayChange)
        {
            // A killed run's agent ends the resource it is at: read before that, the host would not be what it is going to be.
            await new HostLock(layout, request.Deployment, clock, tell).WaitUntilFreeAsync(cancellationToken).ConfigureAwait(false);
        }

        var plan = request.Plan;
        if (plan is null or { Assumptions: not null })
        {
            var facts = FactsReader.Read(layout, request.Packages, request.Deployment);
            if (plan?.Assumptions?.Holds(facts) is not true)
            {
                tell(new FactsRead(facts));
                plan = await TakeAsync(commands, cancellationToken).ConfigureAwait(false);
            }
        }

        while (plan is not null)
        {
            plan = await new HostConvergence(request, plan, kinds, layout, clock, tell).RunAsync(commands, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<HostPlan?> TakeAsync(ChannelReader<AgentCommand> commands, CancellationToken cancellationToken) =>
        await commands.WaitToReadAsync(cancellationToken).ConfigureAwait(false) && commands.TryRead(out var command)
            ? (command as TakePlan)?.Plan
            : null;
}
