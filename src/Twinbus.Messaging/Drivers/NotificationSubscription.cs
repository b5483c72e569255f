using System.Collections.Immutable;

namespace Twinbus.Messaging.Drivers;

/// <summary>What a notification listener wants to hear.</summary>
/// <param name="Targets">Topics, each on its exchange.</param>
/// <param name="Priorities">Only those that an endpoint listens to.</param>
/// <param name="Pool">
/// Null: all listeners share the queues <c>topic.priority</c>. A name: the listeners of this pool share one queue of
/// their own and get a copy of everything.
/// </param>
/// <param name="BatchSize">Notifications that may be unacknowledged together: a smaller prefetch would starve the batch.</param>
public sealed record NotificationSubscription(
    ImmutableArray<Target> Targets, ImmutableArray<NotificationPriority> Priorities, string? Pool = null, int BatchSize = 1);
