using System.Threading.Channels;
using Twinbus.Hosts.Agent;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Sessions;

/// <summary>The agent on this machine, in this process: root needs no other.</summary>
internal sealed class InProcessSession : IHostSession
{
    // As many as a plan has resources; the agent must not wait for a slow screen.
    private readonly Channel<HostEvent> events = Channel.CreateUnbounded<HostEvent>();
    private readonly Channel<AgentCommand> commands = Channel.CreateBounded<AgentCommand>(1);
    private readonly CancellationTokenSource ending;
    private readonly Task work;

    public InProcessSession(
        AgentRequest request, ResourceKinds kinds, HostLayout layout, TimeProvider clock, CancellationToken cancellationToken)
    {
        ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        work = Task.Run(() => WorkAsync(new HostAgent(kinds, layout, clock), request), CancellationToken.None);
    }

    public ChannelReader<HostEvent> Events => events.Reader;

    public ValueTask SendAsync(AgentCommand command, CancellationToken cancellationToken) =>
        commands.Writer.WriteAsync(command, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        commands.Writer.TryComplete();
        await ending.CancelAsync().ConfigureAwait(false);
        await work.ConfigureAwait(false);
        ending.Dispose();
    }

    private async Task WorkAsync(HostAgent agent, AgentRequest request)
    {
        try
        {
            await agent.RunAsync(request, commands.Reader, happened => events.Writer.TryWrite(happened), ending.Token).ConfigureAwait(false);
            events.Writer.Complete();
        }
        catch (Exception e)
        {
            // Whoever reads the events meets it there.
            events.Writer.Complete(e);
        }
    }
}
