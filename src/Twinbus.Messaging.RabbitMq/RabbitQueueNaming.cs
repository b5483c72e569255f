using System.Globalization;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>Names of the queues that one process alone uses: random, or the same after each restart.</summary>
internal sealed class RabbitQueueNaming
{
    private readonly QueueCounter? counter;
    private readonly string prefix = "";

    public RabbitQueueNaming(RabbitQueueOptions options, TimeProvider time)
    {
        if (options.StableNames)
        {
            prefix = $"{options.EffectiveHostName}:{options.EffectiveProcessName}:";
            counter = new QueueCounter(
                QueueCounter.SharedMemory, options.EffectiveHostName, options.EffectiveProcessName, RunningGroup.Own(), time);
        }
    }

    public bool AreStable => counter is not null;

    public async ValueTask<string> ReplyAsync(CancellationToken cancellationToken) =>
        "reply_" + await SuffixAsync(cancellationToken).ConfigureAwait(false);

    public async ValueTask<string> FanoutAsync(string topic, CancellationToken cancellationToken) =>
        $"{topic}_fanout_{await SuffixAsync(cancellationToken).ConfigureAwait(false)}";

    private async ValueTask<string> SuffixAsync(CancellationToken cancellationToken) => counter is null
        ? MessageId.Create().ToString()
        : prefix + (await counter.NextAsync(cancellationToken).ConfigureAwait(false)).ToString(CultureInfo.InvariantCulture);
}
