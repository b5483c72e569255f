using System.Text.Json.Nodes;
using System.Threading.Channels;
using Twinbus.Messaging.Notifications;
using Xunit;

namespace Twinbus.Messaging.Conformance;

/// <summary>What notifications do on every driver that carries and stores them.</summary>
public abstract class NotificationClaims(ITransportFixture fixture) : Claims(fixture)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task NotificationsOfEveryPriorityArrive(bool enveloped)
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("notifications");
        (NotificationListener listener, Channel<string> heard) = await HearAsync(
            transport, topic, new NotificationListenerOptions { MaxConcurrency = 1 });
        await using NotificationListener hearing = listener;
        var notifier = new Notifier(transport, "service.host", new NotifierOptions { Topics = [topic], Enveloped = enveloped });

        foreach (NotificationPriority priority in Enum.GetValues<NotificationPriority>())
        {
            await notifier.NotifyAsync(Context, priority, "happened", new JsonObject { ["p"] = priority.QueueName() }, Timeout);
        }

        var got = new List<string>();
        while (got.Count < 7)
        {
            got.Add(await heard.Reader.ReadAsync(Timeout));
        }

        Assert.Equal(
            Enum.GetValues<NotificationPriority>().Select(p => $$"""{{p.QueueName()}} happened {"p":"{{p.QueueName()}}"}""").Order(),
            got.Order());
    }

    [Fact]
    public async Task WhatThePublisherSaidReachesTheHandler()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("notifications");
        var seen = Channel.CreateUnbounded<string>();
        var endpoint = new NotificationEndpoint().On(NotificationPriority.Info, (notification, _) =>
        {
            seen.Writer.TryWrite(
                $"{notification.PublisherId}|{notification.Context.GetString("user")}|{Guid.TryParse(notification.MessageId, out Guid _)}"
                + $"|{notification.Timestamp.Length is 19 or 26}");
            return ValueTask.FromResult(NotificationResult.Handled);
        });
        await using var listener = new NotificationListener(transport, [new Target { Topic = topic }], [endpoint]);
        await listener.StartAsync(Timeout);

        await new Notifier(transport, "compute.host1", new NotifierOptions { Topics = [topic] })
            .InfoAsync(MessageContext.Empty.With("user", "u1"), "compute.create", new JsonArray(1, 2), Timeout);

        Assert.Equal("compute.host1|u1|True|True", await seen.Reader.ReadAsync(Timeout));
    }

    [Fact]
    public async Task NotificationsWaitForAListener()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("notifications");
        await new Notifier(transport, "p", new NotifierOptions { Topics = [topic] }).InfoAsync(Context, "early", JsonValue.Create(1), Timeout);

        (NotificationListener listener, Channel<string> heard) = await HearAsync(transport, topic);
        await using NotificationListener hearing = listener;

        Assert.Equal("info early 1", await heard.Reader.ReadAsync(Timeout));
    }

    [Fact]
    public async Task EachTopicOfANotifierGetsItsCopy()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string one = Unique("notifications");
        string two = Unique("notifications");
        (NotificationListener first, Channel<string> heardOne) = await HearAsync(transport, one);
        await using NotificationListener hearingOne = first;
        (NotificationListener second, Channel<string> heardTwo) = await HearAsync(transport, two);
        await using NotificationListener hearingTwo = second;

        await new Notifier(transport, "p", new NotifierOptions { Topics = [one, two] }).ErrorAsync(Context, "e", JsonValue.Create(1), Timeout);

        Assert.Equal("error e 1", await heardOne.Reader.ReadAsync(Timeout));
        Assert.Equal("error e 1", await heardTwo.Reader.ReadAsync(Timeout));
    }

    [Fact]
    public async Task EveryPoolGetsEveryNotificationOnce()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("notifications");
        string pool = Unique("pool");
        var heard = new Dictionary<string, Channel<string>>();
        var listeners = new List<NotificationListener>();
        foreach (string name in new[] { "a", "b" })
        {
            (NotificationListener listener, heard[name]) = await HearAsync(
                transport, topic, new NotificationListenerOptions { Pool = $"{pool}-{name}" });
            listeners.Add(listener);
        }

        (NotificationListener member, heard["b2"]) = await HearAsync(transport, topic, new NotificationListenerOptions { Pool = $"{pool}-b" });
        listeners.Add(member);
        var notifier = new Notifier(transport, "p", new NotifierOptions { Topics = [topic] });
        for (int i = 0; i < 10; i++)
        {
            await notifier.InfoAsync(Context, "e", JsonValue.Create(i), Timeout);
        }

        for (int i = 0; i < 10; i++)
        {
            await heard["a"].Reader.ReadAsync(Timeout);
        }

        var shared = Channel.CreateUnbounded<string>();
        Task[] pumps = [PumpAsync("b"), PumpAsync("b2")];
        for (int i = 0; i < 10; i++)
        {
            await shared.Reader.ReadAsync(Timeout);
        }

        // Stopping waits for handlers, so what was heard is all there is.
        foreach (NotificationListener listener in listeners)
        {
            await listener.DisposeAsync();
        }

        heard["b"].Writer.Complete();
        heard["b2"].Writer.Complete();
        await Task.WhenAll(pumps);
        Assert.False(heard["a"].Reader.TryRead(out _));
        Assert.False(shared.Reader.TryRead(out _));

        async Task PumpAsync(string name)
        {
            await foreach (string one in heard[name].Reader.ReadAllAsync(Timeout))
            {
                shared.Writer.TryWrite(one);
            }
        }
    }

    [Fact]
    public async Task FilterKeepsOutWhatDoesNotMatch()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("notifications");
        (NotificationListener listener, Channel<string> heard) = await HearAsync(
            transport,
            topic,
            new NotificationListenerOptions { MaxConcurrency = 1 },
            new NotificationFilter(eventType: "compute\\.", payload: new Dictionary<string, string> { ["state"] = "^active$" }));
        await using NotificationListener hearing = listener;
        var notifier = new Notifier(transport, "p", new NotifierOptions { Topics = [topic] });

        await notifier.InfoAsync(Context, "network.create", new JsonObject { ["state"] = "active" }, Timeout);
        await notifier.InfoAsync(Context, "compute.create", new JsonObject { ["state"] = "building" }, Timeout);
        await notifier.InfoAsync(Context, "compute.create", new JsonObject { ["state"] = "active" }, Timeout);

        Assert.Equal("""info compute.create {"state":"active"}""", await heard.Reader.ReadAsync(Timeout));
        Assert.False(heard.Reader.TryRead(out _));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RequeuedNotificationComesAgain(bool throws)
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("notifications");
        int deliveries = 0;
        var done = new TaskCompletionSource();
        var endpoint = new NotificationEndpoint().On(NotificationPriority.Info, (_, _) =>
        {
            if (Interlocked.Increment(ref deliveries) < 3)
            {
                return throws ? throw new InvalidOperationException("not yet") : ValueTask.FromResult(NotificationResult.Requeue);
            }

            done.TrySetResult();
            return ValueTask.FromResult(NotificationResult.Handled);
        });
        await using var listener = new NotificationListener(
            transport, [new Target { Topic = topic }], [endpoint], new NotificationListenerOptions { AllowRequeue = true });
        await listener.StartAsync(Timeout);

        await new Notifier(transport, "p", new NotifierOptions { Topics = [topic] }).InfoAsync(Context, "e", JsonValue.Create(1), Timeout);

        await done.Task.WaitAsync(Patience);
        Assert.Equal(3, deliveries);
    }

    [Fact]
    public async Task FailedNotificationIsGoneWhenRequeueIsNotAllowed()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("notifications");
        var heard = Channel.CreateUnbounded<string>();
        var endpoint = new NotificationEndpoint().On(NotificationPriority.Info, (notification, _) =>
        {
            heard.Writer.TryWrite(notification.EventType);
            throw new InvalidOperationException("always");
        });
        await using var listener = new NotificationListener(
            transport, [new Target { Topic = topic }], [endpoint], new NotificationListenerOptions { MaxConcurrency = 1 });
        await listener.StartAsync(Timeout);
        var notifier = new Notifier(transport, "p", new NotifierOptions { Topics = [topic] });

        await notifier.InfoAsync(Context, "first", JsonValue.Create(1), Timeout);
        await notifier.InfoAsync(Context, "second", JsonValue.Create(1), Timeout);

        Assert.Equal("first", await heard.Reader.ReadAsync(Timeout));
        Assert.Equal("second", await heard.Reader.ReadAsync(Timeout));
    }

    [Fact]
    public async Task BatchIsCompleteBySizeOrByTime()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("notifications");
        var batches = Channel.CreateUnbounded<int>();
        var endpoint = new NotificationEndpoint().OnBatch(NotificationPriority.Info, (notifications, _) =>
        {
            batches.Writer.TryWrite(notifications.Count);
            return ValueTask.FromResult(NotificationResult.Handled);
        });
        var notifier = new Notifier(transport, "p", new NotifierOptions { Topics = [topic] });
        for (int i = 0; i < 7; i++)
        {
            await notifier.InfoAsync(Context, "e", JsonValue.Create(i), Timeout);
        }

        await using var listener = new NotificationListener(
            transport,
            [new Target { Topic = topic }],
            [endpoint],
            new NotificationListenerOptions { Batch = new NotificationBatchOptions(5, TimeSpan.FromSeconds(0.5)) });
        await listener.StartAsync(Timeout);

        int heard = 0;
        while (heard < 7)
        {
            int size = await batches.Reader.ReadAsync(Timeout);
            Assert.InRange(size, 1, 5);
            heard += size;
        }

        Assert.Equal(7, heard);
    }
}
