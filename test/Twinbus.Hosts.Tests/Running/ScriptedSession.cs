using System.Threading.Channels;
using Twinbus.Hosts.Agent;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Sessions;

namespace Twinbus.Hosts.Tests.Running;

/// <summary>An agent that found what the test says, and that ends a stage when the test says so.</summary>
internal sealed class ScriptedSession(string host, Action<string> log) : IHostSession
{
    private readonly Channel<HostEvent> events = Channel.CreateUnbounded<HostEvent>();
    private readonly TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ChannelReader<HostEvent> Events => events.Reader;

    /// <summary>Done when the host was asked to apply a stage.</summary>
    public Task Begun => begun.Task;

    /// <summary>Whether stages end by themselves as soon as they are asked for.</summary>
    public bool EndsAtOnce { get; init; }

    public bool Fails { get; init; }

    public void Finds(Resource resource, ResourceAction action)
    {
        events.Writer.TryWrite(new ResourceChecked(resource.Kind, resource.Name, action, "") { Host = host });
        events.Writer.TryWrite(new HostChecked(1, "") { Host = host });
    }

    public void End(Stage stage)
    {
        log($"{host} ends");
        events.Writer.TryWrite(Fails
            ? new HostFailed(new HostFailure(HostFailureReason.Service, "It died.", "", "")) { Host = host }
            : new StageEnded(stage) { Host = host });
    }

    /// <summary>The way to the host is gone, as when its network is cut.</summary>
    public void BreakOff() => events.Writer.Complete(new HostException(HostFailureReason.Unreachable, "It cannot be reached.", "", ""));

    public ValueTask SendAsync(AgentCommand command, CancellationToken cancellationToken)
    {
        if (command is ApplyStage { Stage: var stage })
        {
            log($"{host} begins");
            begun.TrySetResult();
            if (EndsAtOnce)
            {
                End(stage);
            }
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
