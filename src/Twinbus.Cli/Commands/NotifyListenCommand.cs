using System.CommandLine;
using Twinbus.Cli.Buses;
using Twinbus.Cli.Invocation;
using Twinbus.Deployment.Model;
using Twinbus.Messaging;
using Twinbus.Messaging.Notifications;

namespace Twinbus.Cli.Commands;

/// <summary>Shows what is said on a notification bus.</summary>
internal sealed class NotifyListenCommand : LeafCommand
{
    private readonly BusOptions bus = new(MessagingKind.Notify);
    private readonly Argument<string> topic = new("topic") { Description = "Topic to listen on, in every priority." };
    private readonly Option<long?> count = NumberOptions.Count("--count", "Stop after this many. Default: run until interrupted.");

    private readonly Option<string?> pool = new("--pool")
    {
        Description = "Listen on a queue of its own with this name, which gets a copy of everything. Without it, other listeners miss the notifications that are printed here.",
        HelpName = "NAME",
    };

    public NotifyListenCommand()
        : base(
            "listen",
            "Print notifications from a bus, one JSON object per line, until interrupted.",
            new Example("twinbus notify listen notifications --count 1", "wait for one"),
            new Example("twinbus notify listen notifications --pool look", "watch without taking them from other listeners"))
    {
        Add(topic);
        Add(count);
        Add(pool);
        bus.AddTo(this);
        Notes =
        [
            "Each line has priority, event_type, publisher_id, payload, context and metadata. The queue of a pool stays behind when you stop, and fills up: delete it when you are done. Exit codes: 0 count reached or interrupted, 1 the bus cannot be used, 2 bad input.",
        ];
    }

    public override async Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        Transport transport = await bus.OpenAsync(run, cancellationToken).ConfigureAwait(false);
        await using (transport.ConfigureAwait(false))
        {
            await transport.ConnectAsync(cancellationToken).ConfigureAwait(false);
            NotificationLines lines = new(run.Terminal.Output, run.Value(count));
            Target target = new() { Topic = run.Value(topic) };

            // One at a time keeps the order; requeueing gives back what came behind the last one that was wanted.
            NotificationListenerOptions options = new()
            {
                MaxConcurrency = 1,
                Pool = run.Value(pool),
                AllowRequeue = true,
                StopTimeout = TimeSpan.FromSeconds(5),
            };
            NotificationListener listener = new(transport, [target], [lines.Endpoint()], options);
            await using (listener.ConfigureAwait(false))
            {
                await listener.StartAsync(cancellationToken).ConfigureAwait(false);
                run.Terminal.Error.WriteLine($"listening to {target.Topic} on {string.Join(", ", transport.Url.Hosts.Select(host => host.Endpoint))}; press Ctrl-C to stop");
                await Task.WhenAny(lines.Enough, Interruption.WaitAsync(cancellationToken)).ConfigureAwait(false);
            }
        }

        return ExitCode.Done;
    }
}
