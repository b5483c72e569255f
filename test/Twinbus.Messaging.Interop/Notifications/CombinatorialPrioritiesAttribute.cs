using System.Reflection;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace Twinbus.Messaging.Interop.Notifications;

/// <summary>Every priority, with the envelope (messagingv2) and without it (messaging).</summary>
public sealed class CombinatorialPrioritiesAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        ValueTask.FromResult<IReadOnlyCollection<ITheoryDataRow>>(
        [
            .. from priority in Enum.GetValues<NotificationPriority>()
               from enveloped in (bool[])[true, false]
               select new TheoryDataRow<NotificationPriority, bool>(priority, enveloped),
        ]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
