using System.Collections.Immutable;
using Twinbus.Messaging.Drivers;

namespace Twinbus.Messaging.InMemory;

/// <summary>Takes messages from queues, one loop a queue.</summary>
internal sealed class InMemoryListener : IMessageListener
{
    private readonly CancellationTokenSource stop = new();
    private readonly Task loops;
    private readonly Action dispose;

    public InMemoryListener(
        ImmutableArray<InMemoryQueue> queues, Func<InMemoryMessage, CancellationToken, ValueTask> receive, Action dispose)
    {
        this.dispose = dispose;
        loops = Task.WhenAll(queues.Select(queue => Detached.Run(() => ConsumeAsync(queue, receive))));
    }

    public async ValueTask StopAsync(CancellationToken cancellationToken)
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await loops.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        dispose();
    }

    private async Task ConsumeAsync(InMemoryQueue queue, Func<InMemoryMessage, CancellationToken, ValueTask> receive)
    {
        try
        {
            while (true)
            {
                InMemoryMessage message = await queue.TakeAsync(stop.Token).ConfigureAwait(false);
                try
                {
                    await receive(message, stop.Token).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (stop.IsCancellationRequested)
                {
                    // Taken, but nobody had room for it: the next listener shall have it.
                    await message.RequeueAsync(CancellationToken.None).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Stopped.
        }
    }
}
