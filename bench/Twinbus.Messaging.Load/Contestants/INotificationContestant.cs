namespace Twinbus.Messaging.Load.Contestants;

/// <summary>One way to send notifications so that the broker has confirmed each.</summary>
internal interface INotificationContestant : IAsyncDisposable
{
    Task<Measurement> NotifyAsync(TimeSpan duration);
}
