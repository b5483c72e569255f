using System.Text.Json.Nodes;
using Twinbus.Messaging.Interop.Peers;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.Interop;

/// <summary>A bus of its own for each test, with Python on one side of it and Twinbus on the other.</summary>
[Trait("Needs", "Broker")]
[Trait("Needs", "Python")]
public abstract class InteropTest(RabbitMqFixture broker, PythonPeerFixture python) : IAsyncLifetime
{
    private readonly List<string> running = [];
    private RabbitMqVirtualHost? host;
    private Transport? transport;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected static string Topic => "interop";

    protected PythonPeer Peer => python.Peer;

    protected RabbitMqFixture Broker => broker;

    protected RabbitMqVirtualHost Host => host!;

    protected Transport Transport => transport!;

    public async ValueTask InitializeAsync()
    {
        host = await broker.CreateVirtualHostAsync(Cancellation);
        transport = Bus.Open(host.TransportUrl, QuotaExceededException.Registered);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (string name in running)
        {
            await Peer.DoAsync("stop", new JsonObject { ["name"] = name }, CancellationToken.None);
        }

        await Transport.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Has Python do something on this test's bus and topic.</summary>
    protected Task<JsonNode?> PythonAsync(string command, JsonObject arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        arguments["url"] = Host.TransportUrl;
        arguments["topic"] ??= Topic;
        arguments["topics"] ??= new JsonArray(Topic);
        return Peer.DoAsync(command, arguments, Cancellation);
    }

    /// <summary>Starts a Python server or listener that is stopped at the end of the test.</summary>
    protected async Task<string> StartPythonAsync(string command, JsonObject arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        string name = $"{Host.Name}-{running.Count}";
        arguments["name"] = name;
        arguments["server"] ??= "python";
        await PythonAsync(command, arguments);
        running.Add(name);
        return name;
    }
}
