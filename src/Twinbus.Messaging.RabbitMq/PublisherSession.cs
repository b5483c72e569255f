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
    private readonly Action heard;
    private readonly Action<PublishItem, Exception?> end;
    private readonly MessageSizes sizes;
    private readonly HashSet<string> written = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource givenUp = new();
    private object? lastDeclared;
    private string? lastWritten;
    private int answers;

    private PublisherSession(IConnection connection, IChannel channel, MessageSizes sizes, Action heard, Action<PublishItem, Exception?> end)
    {
        this.heard = heard;
        Connection = connection;
        Endpoint = RabbitConnector.EndpointOf(connection);
        this.channel = channel;
        this.sizes = sizes;
        this.end = end;
    }

    public ConfirmWindow Window { get; } = new();

    /// <summary>The connection that the channel is on.</summary>
    public IConnection Connection { get; }

    /// <summary>The broker's address, also when it is gone.</summary>
    public string Endpoint { get; }

    public bool IsOpen => channel.IsOpen && !givenUp.IsCancellationRequested;

    /// <summary>How often the broker has confirmed or refused something.</summary>
    public int Answers => Volatile.Read(ref answers);

    /// <summary>Opens a channel.</summary>
    /// <param name="connection">On this connection.</param>
    /// <param name="sizes">What is known of the sizes that the broker takes; told of those that it took.</param>
    /// <param name="heard">Told whenever the broker says something.</param>
    /// <param name="end">Told of each message that the broker confirms (no error) or refuses.</param>
    /// <param name="lost">Told once of the channel's end.</param>
    /// <param name="cancellationToken">Stops opening.</param>
    public static async ValueTask<PublisherSession> OpenAsync(
        IConnection connection,
        MessageSizes sizes,
        Action heard,
        Action<PublishItem, Exception?> end,
        Action<PublisherSession, ShutdownEventArgs> lost,
        CancellationToken cancellationToken)
    {
        IChannel channel = await Detached.Run(() => connection.CreateChannelAsync(Confirming, cancellationToken)).ConfigureAwait(false);
        var session = new PublisherSession(connection, channel, sizes, heard, end);
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

    /// <summary>
    /// Whether the broker may close the channel over this message, as far as is known: it is the first to its exchange, or
    /// larger than any before, or its exchange goes with its last queue.
    /// </summary>
    public bool IsVenture(PublishItem item) =>
        IsFirst(item) || sizes.IsNew(item.Size) || item.DeclaresExchange is { AutoDelete: true, Type: ExchangeType.Fanout };

    /// <summary>Whether nothing went to its exchange yet in this session.</summary>
    public bool IsFirst(PublishItem item) => !ReferenceEquals(item.Exchange, lastWritten) && !written.Contains(item.Exchange);

    public ValueTask WriteAsync(PublishItem item) => channel.BasicPublishAsync(
        item.Exchange, item.RoutingKey, item.Mandatory, item.Properties, item.Body.WrittenMemory, givenUp.Token);

    /// <summary>Something went to its exchange, and the broker did not mind.</summary>
    public void Went(PublishItem item)
    {
        if (!ReferenceEquals(item.Exchange, lastWritten))
        {
            lastWritten = item.Exchange;
            written.Add(item.Exchange);
        }
    }

    /// <summary>Nothing more is written, and what hangs on its way to a dead network is taken back.</summary>
    public void GiveUp() => givenUp.Cancel();

    public async ValueTask DisposeAsync()
    {
        // Its connection goes with it, and takes the channel along.
        await givenUp.CancelAsync().ConfigureAwait(false);
        try
        {
            // On a dead network it can wait for ever.
            await channel.DisposeAsync().AsTask().WaitAsync(CloseTimeout).ConfigureAwait(false);
        }
        catch (Exception error) when (RabbitErrors.IsFromClient(error))
        {
            // The connection under it went first.
        }
    }

    // The topology hands out one object for each name, so the objects can be compared.
    private static object? Needs(PublishItem item) => (object?)item.DeclaresQueue ?? item.DeclaresExchange;

    private Task OnAckAsync(object sender, BasicAckEventArgs args)
    {
        heard();
        Volatile.Write(ref answers, answers + 1);
        Window.Take(args.DeliveryTag, args.Multiple, taken);
        foreach (PublishItem item in taken)
        {
            sizes.Took(item.Size);
            end(item, item.WasReturned ? new MessageUndeliverableException(item.Exchange, item.RoutingKey) : null);
        }

        taken.Clear();
        return Task.CompletedTask;
    }

    private Task OnNackAsync(object sender, BasicNackEventArgs args)
    {
        heard();
        Volatile.Write(ref answers, answers + 1);
        Window.Take(args.DeliveryTag, args.Multiple, taken);
        foreach (PublishItem item in taken)
        {
            end(item, new MessageDeliveryException(
                MessagingErrorReason.Rejected,
                $"{Endpoint} did not take the message for '{item.RoutingKey}': its queue is full, or has lost its majority."));
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
