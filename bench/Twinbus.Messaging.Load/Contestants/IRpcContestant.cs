namespace Twinbus.Messaging.Load.Contestants;

/// <summary>One way to have calls answered. Its server runs in a process of its own, as servers do.</summary>
internal interface IRpcContestant : IAsyncDisposable
{
    Task<Measurement> CallAsync(int outstanding, TimeSpan duration);
}
