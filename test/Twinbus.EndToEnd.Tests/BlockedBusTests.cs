using Twinbus.Testing.RabbitMq;

namespace Twinbus.EndToEnd.Tests;

/// <summary>A bus whose broker has raised the memory alarm, from the command line.</summary>
[Trait("Needs", "Broker")]
public sealed class BlockedBusTests
{
    [Fact]
    public async Task WhoSendsIsToldOfTheAlarmAndIsDoneByTheDeadline()
    {
        await using RabbitMqServer broker = await RabbitMqServer.StartAsync(TestContext.Current.CancellationToken);
        RabbitMqVirtualHost host = await broker.CreateVirtualHostAsync(TestContext.Current.CancellationToken);
        await broker.BlockPublishersAsync(TestContext.Current.CancellationToken);

        Ended call = await TwinbusProcess.RunAsync(["rpc", "call", "t", "m", "--timeout", "3", "--url-file", "-"], host.TransportUrl);

        call.With(1);
        string told = $"the broker at 127.0.0.1:{host.Port} blocks all publishers: memory alarm";
        Assert.StartsWith(told, call.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Is a server running", call.Error, StringComparison.Ordinal);

        // The deadline, a start of the program, and a moment to part: it was 20 s more.
        Assert.InRange(call.Elapsed.TotalSeconds, 3, 20);
    }
}
