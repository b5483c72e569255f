using System.Text.Json;
using System.Threading.Channels;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Agent;

/// <summary>The host agent as a program: requests and commands come a line each by standard input, events go out a line each.</summary>
public static class AgentProgram
{
    /// <summary>How often a runner says that it is still there.</summary>
    internal static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(8);

    /// <summary>After how long a silence the runner counts as gone.</summary>
    internal static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(30);

    /// <summary>Serves one request to its end.</summary>
    /// <returns>The exit code: 0 when a request was served, whatever came of it; 1 when none could be read.</returns>
    /// <param name="kinds">The kinds of resources that it knows.</param>
    /// <param name="input">Requests and commands.</param>
    /// <param name="output">Events.</param>
    /// <param name="clock">The clock.</param>
    public static Task<int> RunAsync(ResourceKinds kinds, Stream input, Stream output, TimeProvider clock) =>
        RunAsync(kinds, input, output, clock, new HostLayout());

    internal static async Task<int> RunAsync(ResourceKinds kinds, Stream input, Stream output, TimeProvider clock, HostLayout layout)
    {
        var json = AgentJson.Revealing(kinds);
        using var reader = new StreamReader(input);
        using var ending = new CancellationTokenSource();
        var write = new EventWriter(json, output, ending);
        write.Write(new HostReached { Agent = AgentFile.OwnSum() });
        if (await ReadRequestAsync(json, reader, clock).ConfigureAwait(false) is not { } request)
        {
            write.Write(new HostFailed(new HostFailure(
                HostFailureReason.Protocol,
                "The host agent was not given a request it understands.",
                "The first line of its input is no request of this version.",
                "It is started by twinbus, not by hand.")));
            return 1;
        }

        var commands = Channel.CreateBounded<AgentCommand>(1);
        var listening = ListenAsync(json, reader, commands.Writer, write.Write, ending, clock);
        try
        {
            await new HostAgent(kinds, layout, clock).RunAsync(request, commands.Reader, write.Write, ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The runner is gone: nobody is left to tell. What is done stays, the next run does the rest.
            return 0;
        }

        _ = listening;
        return 0;
    }

    private static async Task<AgentRequest?> ReadRequestAsync(AgentJson json, StreamReader reader, TimeProvider clock)
    {
        try
        {
            return await reader.ReadLineAsync().WaitAsync(LongestSilence, clock).ConfigureAwait(false) is { } line
                ? JsonSerializer.Deserialize(line, json.Request)
                : null;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or IOException or TimeoutException)
        {
            return null;
        }
    }

    private static async Task ListenAsync(
        AgentJson json, StreamReader reader, ChannelWriter<AgentCommand> commands, Action<HostEvent> tell, CancellationTokenSource ending, TimeProvider clock)
    {
        try
        {
            while (await reader.ReadLineAsync().WaitAsync(LongestSilence, clock).ConfigureAwait(false) is { } line)
            {
                switch (JsonSerializer.Deserialize(line, json.Command))
                {
                    case null:
                        break;
                    case StillHere:
                        tell(new HostAlive());
                        break;
                    case Finish:
                        commands.TryComplete();
                        break;
                    case var command:
                        await commands.WriteAsync(command).ConfigureAwait(false);
                        break;
                }
            }
        }
        catch (Exception e) when (e is TimeoutException or IOException or JsonException)
        {
            // A runner that is silent, gone, or not to be understood ends the work in the same way.
        }

        await ending.CancelAsync().ConfigureAwait(false);
        commands.TryComplete();
    }

    private sealed class EventWriter(AgentJson json, Stream output, CancellationTokenSource ending)
    {
        private readonly Lock gate = new();

        public void Write(HostEvent happened)
        {
            var line = JsonSerializer.SerializeToUtf8Bytes(happened, json.Event);
            lock (gate)
            {
                try
                {
                    output.Write([.. line, (byte)'\n']);
                    output.Flush();
                }
                catch (IOException)
                {
                    ending.Cancel();
                }
            }
        }
    }
}
