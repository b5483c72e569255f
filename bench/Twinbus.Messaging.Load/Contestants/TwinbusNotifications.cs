using Twinbus.Messaging.Notifications;

namespace Twinbus.Messaging.Load.Contestants;

/// <summary>Twinbus notifications as messagingv2 sends them; each is awaited until the broker has confirmed it.</summary>
internal sealed class TwinbusNotifications(Transport transport) : INotificationContestant
{
    private static readonly EchoArguments Payload = new(Workload.Text);
    private readonly Notifier notifier = new(transport, "load", new NotifierOptions { Topics = ["twinbus-notifications"] });

    public Task<Measurement> NotifyAsync(TimeSpan duration) => Workload.RunAsync(NotifyAsync, Workload.NotificationWindow, duration);

    public ValueTask DisposeAsync() => transport.DisposeAsync();

    private Task NotifyAsync() => notifier.InfoAsync(
        MessageContext.Empty, "load.sent", Messaging.Payload.From(Payload, LoadJson.Default.EchoArguments)).AsTask();
}
