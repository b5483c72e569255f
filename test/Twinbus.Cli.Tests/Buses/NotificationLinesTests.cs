using System.Text.Json;
using Twinbus.Cli.Buses;
using Twinbus.Messaging;
using Twinbus.Messaging.Notifications;

namespace Twinbus.Cli.Tests.Buses;

/// <summary>What Python puts on a bus can be printed, whatever it is: a line that failed used to be tried again without end.</summary>
public sealed class NotificationLinesTests
{
    [Fact]
    public async Task NotificationWithHalfASurrogatePairIsPrintedEscapedAndOnce()
    {
        await using var transport = Transport.Create("fake://");
        using StringWriter output = new();
        NotificationLines lines = new(output, 1);
        await using NotificationListener listener = new(
            transport, [new Target { Topic = "t" }], [lines.Endpoint()], new NotificationListenerOptions { MaxConcurrency = 1, AllowRequeue = true });
        await listener.StartAsync();
        Notifier notifier = new(transport, "p", new NotifierOptions { Topics = ["t"] });

        await notifier.InfoAsync(
            MessageContext.Empty.With("user", "a\u202eb"), "e\u001b[2J", Payload.FromUtf8("""{"name":"a\ud800.txt","deep":[[]]}"""u8.ToArray()));

        await lines.Enough.WaitAsync(TimeSpan.FromSeconds(20));
        string line = output.ToString().TrimEnd();
        Assert.DoesNotContain(line, letter => char.IsControl(letter) || letter is '\u202e');
        using var parsed = JsonDocument.Parse(line);
        Assert.Contains("""{"name":"a\ud800.txt","deep":[[]]}""", line, StringComparison.Ordinal);
        Assert.Equal("e\u001b[2J", parsed.RootElement.GetProperty("event_type").GetString());
        Assert.Equal("a\u202eb", parsed.RootElement.GetProperty("context").GetProperty("user").GetString());
    }
}
