using System.Threading.Channels;
using Twinbus.Hosts.Agent;
using Twinbus.Hosts.Converging;

namespace Twinbus.Hosts.Sessions;

/// <summary>A request under way at one host's agent: in this process, or in another one here or at the far end of SSH.</summary>
internal interface IHostSession : IAsyncDisposable
{
    /// <summary>What happens, in order; completed after the last event, with an error when the agent broke off.</summary>
    ChannelReader<HostEvent> Events { get; }

    /// <summary>Asks for more. An agent that is gone is noticed by <see cref="Events"/>, not here.</summary>
    ValueTask SendAsync(AgentCommand command, CancellationToken cancellationToken);
}
