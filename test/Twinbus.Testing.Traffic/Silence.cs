using System.Globalization;

namespace Twinbus.Testing.Traffic;

/// <summary>The longest time without a success.</summary>
/// <param name="OfOne">That of the sender who had to wait longest.</param>
/// <param name="OfAll">That in which no sender at all had a success.</param>
public readonly record struct Silence(TimeSpan OfOne, TimeSpan OfAll)
{
    /// <summary>Counts from one moment to another; a sender who never succeeds is silent for all of it.</summary>
    /// <param name="sendings">All sendings of all senders.</param>
    /// <param name="from">When they began.</param>
    /// <param name="to">When they ended: what succeeds later counts as silence up to here.</param>
    public static Silence Of(IReadOnlyCollection<Sending> sendings, DateTimeOffset from, DateTimeOffset to) => new(
        sendings.GroupBy(s => s.Sender).Select(own => Longest(own, from, to)).DefaultIfEmpty(to - from).Max(),
        Longest(sendings, from, to));

    /// <summary>Seconds, of one and of all, such as <c>21.9 (0.1)</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{OfOne.TotalSeconds:0.0} ({OfAll.TotalSeconds:0.0})");

    private static TimeSpan Longest(IEnumerable<Sending> sendings, DateTimeOffset from, DateTimeOffset to)
    {
        var (longest, last) = (TimeSpan.Zero, from);
        foreach (var at in sendings.Where(s => s.IsDone && s.Ended > from && s.Ended < to).Select(s => s.Ended!.Value).Order().Append(to))
        {
            longest = at - last > longest ? at - last : longest;
            last = at;
        }

        return longest;
    }
}
