using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Twinbus.Messaging.Drivers;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>One channel that sends, from its opening to its end: what was declared on it and what is unconfirmed.</summary>
internal sealed class PublisherSession : IAsyncDisposable
{
    private static readonly CreateChannelOptions Confirming = new(
        publisherConfirmationsEnabled: true,

        // Its tracking would add a header to every message; the window does without.
        publisherConfirmationTrackingEnabled: false);

    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    private readonly IChannel channel;
    private readonly HashSet<object> declared = new(ReferenceEqualityComparer.Instance);
    private readonly List<PublishItem> taken = [];
    private readonly Action<PublishItem, Exception?> end;
    private readonly CancellationTokenSource givenUp = new();
    private object? lastDeclared;

    private int answers;

    private PublisherSession(IConnection connection, IChannel channel, Action<PublishItem, Exception?> end)
    {
        Connection = connection;
        this.channel = channel;
        this.end = end;
    }

    public ConfirmWindow Window { get; } = new();

    /// <summary>The connection that the channel is on.</summary>
    public IConnection Connection { get; }

    public bool IsOpen => channel.IsOpen && !givenUp.IsCancellationRequested;

    /// <summary>How often the broker has confirmed or refused something.</summary>
    public int Answers => Volatile.Read(ref answers);

    /// <summary>Opens a channel.</summary>
    /// <param name="connection">On this connection.</param>
    /// <param name="end">Told of each message that the broker confirms (no error) or refuses.</param>
    /// <param name="lost">Told once of the channel's end.</param>
    /// <param name="cancellationToken">Stops opening.</param>
    public static async ValueTask<PublisherSession> OpenAsync(
        IConnection connection,
        Action<PublishItem, Exception?> end,
        Action<PublisherSession, ShutdownEventArgs> lost,
        CancellationToken cancellationToken)
    {
        IChannel channel = await Detached.Run(() => connection.CreateChannelAsync(Confirming, cancellationToken)).ConfigureAwait(false);
        var session = new PublisherSession(connection, channel, end);
        channel.BasicAcksAsync += session.OnAckAsync;
        channel.BasicNacksAsync += session.OnNackAsync;
        channel.BasicReturnAsync += session.OnReturnAsync;
        channel.ChannelShutdownAsync += (_, args) =>
        {
            lost(session, args);
            return Task.CompletedTask;
        };
        return session;
    }

    /// <summary>Whether the message needs a declaration that this session has not made.</summary>
    public bool MustDeclare(PublishItem item) => Needs(item) is { } needed && !ReferenceEquals(needed, lastDeclared) && !declared.Contains(needed);

    /// <summary>Declares, once in this session, what the message needs.</summary>
    public async ValueTask DeclareAsync(PublishItem item, CancellationToken cancellationToken)
    {
        if (item.DeclaresQueue is { } queue)
        {
            await queue.DeclareAsync(channel, cancellationToken).ConfigureAwait(false);
        }
        else if (item.DeclaresExchange is { } exchange)
        {
            await exchange.DeclareAsync(channel, cancellationToken).ConfigureAwait(false);
        }

        lastDeclared = Needs(item);
        declared.Add(lastDeclared!);
    }

    public ValueTask WriteAsync(PublishItem item) => channel.BasicPublishAsync(
        item.Exchange, item.RoutingKey, item.Mandatory, item.Properties, item.Body.WrittenMemory, givenUp.Token);

    /// <summary>Nothing more is written, and what hangs on its way to a dead network is taken back.</summary>
    public void GiveUp() => givenUp.Cancel();

    public async ValueTask DisposeAsync()
    {
        try
        {
            // On a dead network either can wait for ever.
            await CloseAsync().WaitAsync(CloseTimeout).ConfigureAwait(false);
        }
        catch (Exception error) when (RabbitErrors.IsFromClient(error))
        {
            // The connection under it went first.
        }

        givenUp.Dispose();
    }

    private async Task CloseAsync()
    {
        if (channel.IsOpen)
        {
            await channel.CloseAsync().ConfigureAwait(false);
        }

        await channel.DisposeAsync().ConfigureAwait(false);
    }

    // The topology hands out one object for each name, so the objects can be compared.
    private static object? Needs(PublishItem item) => (object?)item.DeclaresQueue ?? item.DeclaresExchange;

    private Task OnAckAsync(object sender, BasicAckEventArgs args)
    {
        Volatile.Write(ref answers, answers + 1);
        Window.Take(args.DeliveryTag, args.Multiple, taken);
        foreach (PublishItem item in taken)
        {
            end(item, item.WasReturned ? new MessageUndeliverableException(item.Exchange, item.RoutingKey) : null);
        }

        taken.Clear();
        return Task.CompletedTask;
    }

    private Task OnNackAsync(object sender, BasicNackEventArgs args)
    {
        Volatile.Write(ref answers, answers + 1);
        Window.Take(args.DeliveryTag, args.Multiple, taken);
        foreach (PublishItem item in taken)
        {
            end(item, new MessageDeliveryException(
                MessagingErrorReason.Rejected,
                $"The broker did not take the message for '{item.RoutingKey}': its queue is full, or has lost its majority."));
        }

        taken.Clear();
        return Task.CompletedTask;
    }

    private Task OnReturnAsync(object sender, BasicReturnEventArgs args)
    {
        if (Window.FindReturned(args.Body.Span) is { } item)
        {
            item.WasReturned = true;
        }

        return Task.CompletedTask;
    }
}
