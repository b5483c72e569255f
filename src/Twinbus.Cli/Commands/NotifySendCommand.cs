using System.CommandLine;
using System.Text.Json.Nodes;
using Twinbus.Cli.Buses;
using Twinbus.Cli.Failures;
using Twinbus.Cli.Invocation;
using Twinbus.Deployment.Model;
using Twinbus.Messaging;
using Twinbus.Messaging.Notifications;

namespace Twinbus.Cli.Commands;

/// <summary>Notifications by hand.</summary>
internal sealed class NotifySendCommand : LeafCommand
{
    // How many may be on their way: a confirmation waited for one by one is several times slower.
    private const int Unconfirmed = 100;

    private static readonly string[] Priorities = [.. Enum.GetValues<NotificationPriority>().Select(priority => priority.QueueName())];

    private readonly BusOptions bus = new(MessagingKind.Notify);
    private readonly Argument<string> topic = new("topic") { Description = "Topic that listeners listen on; the queue is TOPIC.PRIORITY." };
    private readonly Argument<string> eventType = new("event-type") { HelpName = "EVENT_TYPE", Description = "What happened, such as compute.instance.create.end." };

    private readonly Argument<string[]> payload = new("payload")
    {
        HelpName = "KEY=VALUE",
        Description = "The payload; a value that is valid JSON is JSON, anything else is text.",
        Arity = ArgumentArity.ZeroOrMore,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string> priority = new("--priority")
    {
        Description = $"One of {string.Join(", ", Priorities)}. Default: info.",
        HelpName = "PRIORITY",
        DefaultValueFactory = _ => "info",
    };

    private readonly Option<long?> count = NumberOptions.Count("--count", "How many to send. Default: 1.");

    private readonly Option<string> publisher = new("--publisher-id")
    {
        Description = "Who publishes. Default: twinbus.HOST.",
        HelpName = "ID",
        DefaultValueFactory = _ => $"twinbus.{Environment.MachineName}",
    };

    public NotifySendCommand()
        : base(
            "send",
            "Send notifications on a notification bus, and wait until the broker has confirmed them.",
            new Example("twinbus notify send notifications demo.hello name=world", "one, with the payload {\"name\":\"world\"}"),
            new Example("twinbus notify send notifications demo.load --priority sample --count 100", "a hundred, with another priority"))
    {
        priority.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, [.. Priorities, "warning"]);
        Add(topic);
        Add(eventType);
        Add(payload);
        Add(priority);
        Add(count);
        Add(publisher);
        bus.AddTo(this);
        Notes = ["A notification waits in its queue until a listener takes it. Exit codes: 0 confirmed, 1 not sent, 2 bad input."];
    }

    public override async Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        JsonObject details = KeyValueArguments.Read(run.Value(payload)!);
        NotificationPriority chosen = Parse(run.Value(priority)!);
        Transport transport = await bus.OpenAsync(run, cancellationToken).ConfigureAwait(false);
        await using (transport.ConfigureAwait(false))
        {
            await transport.ConnectAsync(cancellationToken).ConfigureAwait(false);
            Notifier notifier = new(transport, run.Value(publisher)!, new NotifierOptions { Topics = [run.Value(topic)!] });
            long number = run.Value(count) ?? 1;
            ParallelOptions window = new() { MaxDegreeOfParallelism = Unconfirmed, CancellationToken = cancellationToken };
            await Parallel.ForAsync(0, number, window, (_, token) =>
                notifier.NotifyAsync(MessageContext.Empty, chosen, run.Value(eventType)!, details, token)).ConfigureAwait(false);

            run.Terminal.Error.WriteLine($"sent {number}");
        }

        return ExitCode.Done;
    }

    private static NotificationPriority Parse(string name) => NotificationPriorityNames.TryParse(name, out NotificationPriority priority)
        ? priority
        : throw new UsageException($"There is no priority '{name}'.");
}
