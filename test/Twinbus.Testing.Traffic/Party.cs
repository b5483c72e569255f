using System.Text.Json.Nodes;
using Twinbus.Messaging;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.Rpc;

namespace Twinbus.Testing.Traffic;

/// <summary>A server of calls, with a transport as a process of its own would have.</summary>
internal sealed class ServingParty : IAsyncDisposable
{
    private readonly Transport transport;
    private readonly RpcServer server;
    private int served;
    private int fanouts;

    public ServingParty(string name, Transport transport, string topic, Ledger calls)
    {
        Name = name;
        this.transport = transport;
        var endpoint = new RpcEndpoint()
            .Map("answer", (request, _) =>
            {
                var number = request.ReadArguments().GetProperty("n").GetInt32();
                calls.Received(number);
                Interlocked.Increment(ref served);
                return ValueTask.FromResult<Payload>(JsonValue.Create(TrafficOptions.AnswerTo(number)));
            })
            .Map("who", (_, _) => ValueTask.FromResult<Payload>(JsonValue.Create(Name)))
            .Map("hear", (_, _) =>
            {
                Interlocked.Increment(ref fanouts);
                return ValueTask.FromResult<Payload>(Payload.Null);
            });
        server = new RpcServer(transport, new Target { Topic = topic, Server = name }, [endpoint]);
    }

    public string Name { get; }

    /// <summary>Calls that it has run.</summary>
    public int Served => Volatile.Read(ref served);

    /// <summary>Casts to all servers that it has heard.</summary>
    public int Fanouts => Volatile.Read(ref fanouts);

    public ValueTask StartAsync(CancellationToken cancellationToken) => server.StartAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        await transport.DisposeAsync();
    }
}

/// <summary>Who calls.</summary>
internal sealed class CallingParty(string name, Transport transport, string topic, TimeSpan timeout) : IAsyncDisposable
{
    private readonly RpcClient client = new(transport, new Target { Topic = topic }, new RpcClientOptions { Timeout = timeout });

    public string Name => name;

    /// <summary>A call whose answer must be its own.</summary>
    public async Task CallAsync(int number)
    {
        var reply = await client.CallAsync(MessageContext.Empty, "answer", new JsonObject { ["n"] = number });
        if (reply.GetInt64() != TrafficOptions.AnswerTo(number))
        {
            throw new WrongReplyException($"call {number} was answered with {reply}");
        }
    }

    /// <summary>The name of the server that is called by its name, or of whichever answers.</summary>
    public async Task<string?> AskAsync(string? server, CancellationToken cancellationToken) =>
        (await client.Prepare(target => target with { Server = server }).CallAsync(MessageContext.Empty, "who", null, cancellationToken)).GetString();

    /// <summary>A cast to all servers.</summary>
    public async Task TellAllAsync(CancellationToken cancellationToken) =>
        await client.Prepare(target => target with { Fanout = true }).CastAsync(MessageContext.Empty, "hear", null, cancellationToken);

    public ValueTask DisposeAsync() => transport.DisposeAsync();
}

/// <summary>Who notifies.</summary>
internal sealed class NotifyingParty(string name, Transport transport, string events) : IAsyncDisposable
{
    /// <summary>The number of notifications that nobody counts.</summary>
    public const int Uncounted = -1;

    private readonly Notifier notifier = new(transport, "traffic.lab", new NotifierOptions { Topics = [events] });

    public string Name => name;

    public async Task NotifyAsync(int number, CancellationToken cancellationToken = default) =>
        await notifier.InfoAsync(MessageContext.Empty, "traffic.event", Payload.From(JsonValue.Create(number)), cancellationToken);

    public ValueTask DisposeAsync() => transport.DisposeAsync();
}

/// <summary>Who hears notifications.</summary>
internal sealed class ListeningParty : IAsyncDisposable
{
    private readonly Transport transport;
    private readonly NotificationListener listener;
    private int heard;

    public ListeningParty(string name, Transport transport, string events, Ledger notifications)
    {
        Name = name;
        this.transport = transport;
        var endpoint = new NotificationEndpoint().On(NotificationPriority.Info, (notification, _) =>
        {
            if (notification.ReadPayload().GetInt32() is var number and not NotifyingParty.Uncounted)
            {
                notifications.Received(number);
            }

            Interlocked.Increment(ref heard);
            return ValueTask.FromResult(NotificationResult.Handled);
        });
        listener = new NotificationListener(transport, [new Target { Topic = events }], [endpoint]);
    }

    public string Name { get; }

    /// <summary>Notifications that it has handled.</summary>
    public int Heard => Volatile.Read(ref heard);

    public ValueTask StartAsync(CancellationToken cancellationToken) => listener.StartAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await listener.DisposeAsync();
        await transport.DisposeAsync();
    }
}
