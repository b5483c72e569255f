using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Hosting;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.RabbitMq;
using Twinbus.Messaging.Rpc;
using Twinbus.Testing;
using Xunit;

namespace Twinbus.Messaging.Tests;

/// <summary>The samples of docs/guide/messaging-library.md: they stand there word for word, and they run here.</summary>
public sealed class GuideSamples
{
    [Fact]
    public async Task ServingAndCallingRuns()
    {
        await using Transport transport = Transport.Create("fake://");

        var endpoint = new RpcEndpoint { Version = "1.2" }
            .Map("add", SampleJson.Default.AddArguments, SampleJson.Default.Int32,
                (arguments, request, cancellationToken) => ValueTask.FromResult(arguments.A + arguments.B));
        await using var server = new RpcServer(transport, new Target { Topic = "math", Server = "host1" }, [endpoint]);
        await server.StartAsync();

        var client = new RpcClient(transport, new Target { Topic = "math", Version = "1.1" });
        int sum = await client.CallAsync(
            MessageContext.Empty.With("request_id", "req-1"),
            "add", new AddArguments(2, 3), SampleJson.Default.AddArguments, SampleJson.Default.Int32);

        Assert.Equal(5, sum);
    }

    [Fact]
    public async Task PreparingRuns()
    {
        await using Transport transport = Transport.Create("fake://");
        var client = new RpcClient(transport, new Target { Topic = "math" });

        RpcClient patient = client.Prepare(
            target => target with { Server = "host1" },
            options => options with { Timeout = TimeSpan.FromMinutes(10), CallMonitorTimeout = 30 });
        RpcClient everyone = client.Prepare(target => target with { Fanout = true });
        await everyone.CastAsync(MessageContext.Empty, "reload", new JsonObject { ["what"] = "policy" });

        Assert.Equal("host1", patient.Target.Server);
    }

    [Fact]
    public async Task NotifyingRuns()
    {
        await using Transport transport = Transport.Create("fake://");
        var created = new TaskCompletionSource<string>();

        var endpoint = new NotificationEndpoint { Filter = new NotificationFilter(eventType: @"compute\.instance\.") }
            .On(NotificationPriority.Info, (notification, cancellationToken) =>
            {
                created.TrySetResult(notification.EventType);
                return ValueTask.FromResult(NotificationResult.Handled);
            });
        await using var listener = new NotificationListener(
            transport, [new Target { Topic = "notifications" }], [endpoint], new NotificationListenerOptions { Pool = "billing" });
        await listener.StartAsync();

        var notifier = new Notifier(transport, "compute.host1");
        await notifier.InfoAsync(MessageContext.Empty, "compute.instance.create.end", new JsonObject { ["state"] = "active" });

        Assert.Equal("compute.instance.create.end", await created.Task.WaitAsync(TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task RoutingByAFileRuns()
    {
        using var directory = new TemporaryDirectory();
        string routes = directory.Write("routes.yaml", "errors:\n  test:\n    accepted_priorities: [error]\n");
        var test = new TestNotificationDriver();

        var routing = new RoutingNotificationDriver(
            ImmutableDictionary<string, INotificationDriver>.Empty.Add("test", test), RoutingFile.Read(routes));
        await new Notifier("compute.host1", [routing]).ErrorAsync(MessageContext.Empty, "compute.create", Payload.Null);

        Assert.Single(test.Sent);
    }

    [Fact]
    public void RegisteringExceptionsAndDriversRuns()
    {
        var options = new TransportOptions
        {
            Drivers = DriverRegistry.Of(new RabbitMqDriver(new RabbitMqOptions
            {
                Queues = new RabbitQueueOptions { Quorum = true },
                Tls = new RabbitTlsOptions { Enabled = true, CaFile = "/etc/ssl/cloud-ca.pem" },
            })),
            ControlExchange = "nova",
            RemoteExceptions = RemoteExceptions.None.Register(
                "nova.exception", "InstanceNotFound", failure => new KeyNotFoundException(failure.Message)),
        };

        Assert.Equal(["kombu", "rabbit"], options.Drivers.Schemes);
    }

    [Fact]
    public async Task ErrorsAreToldApartByReason()
    {
        await using Transport transport = Transport.Create("fake://");
        RpcClient client = new RpcClient(transport, new Target { Topic = "nobody" })
            .Prepare(options: options => options with { Timeout = TimeSpan.FromMilliseconds(50) });
        bool tryLater = false;

        try
        {
            await client.CallAsync(MessageContext.Empty, "ping");
        }
        catch (RemoteErrorException error) when (error.Failure.Class == "InstanceNotFound")
        {
            // The server said so.
        }
        catch (MessagingException error) when (error.IsTransient)
        {
            tryLater = true;
        }

        Assert.True(tryLater);
    }

    [Fact]
    public void EverySampleOfTheGuideStandsHere()
    {
        string here = Squeezed(File.ReadAllText(Here()));
        string guide = File.ReadAllText(Path.Combine(Path.GetDirectoryName(Here())!, "../../docs/guide/messaging-library.md"));
        string[] samples = [.. guide.Split("```csharp\n").Skip(1).Select(part => part.Split("```")[0])];

        Assert.NotEmpty(samples);
        Assert.All(samples, sample => Assert.Contains(Squeezed(sample), here, StringComparison.Ordinal));

        static string Squeezed(string text) => string.Join('\n', text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));
    }

    private static string Here([System.Runtime.CompilerServices.CallerFilePath] string path = "") => path;
}

internal sealed record AddArguments([property: JsonPropertyName("a")] int A, [property: JsonPropertyName("b")] int B);

[JsonSerializable(typeof(AddArguments))]
[JsonSerializable(typeof(int))]
internal sealed partial class SampleJson : JsonSerializerContext;
