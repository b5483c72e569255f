namespace Twinbus.Messaging.Load;

/// <summary>How long to look. Many short turns say more than a few long ones on a machine that does other things as well.</summary>
/// <param name="Repetitions">Turns that each contestant gets.</param>
/// <param name="Turn">How long a turn takes.</param>
/// <param name="WarmUp">What comes before the first turn, unmeasured, so that code is compiled and queues exist.</param>
internal sealed record Effort(int Repetitions, TimeSpan Turn, TimeSpan WarmUp)
{
    public static Effort Quick { get; } = new(11, TimeSpan.FromSeconds(0.6), TimeSpan.FromSeconds(1));

    public static Effort Full { get; } = new(21, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4));
}
