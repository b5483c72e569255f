using System.Globalization;

namespace Twinbus.Hosts.Plans;

/// <summary>A port, or several in a row.</summary>
/// <param name="First">1 to 65535.</param>
/// <param name="Last">The same as <paramref name="First"/>, or a higher one.</param>
public readonly record struct PortRange(int First, int Last)
{
    /// <summary>What <see cref="ToString"/> wrote.</summary>
    public static PortRange Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ends = text.Split('-');
        return new PortRange(int.Parse(ends[0], CultureInfo.InvariantCulture), int.Parse(ends[^1], CultureInfo.InvariantCulture));
    }

    /// <summary>Whether <paramref name="port"/> is one of them.</summary>
    public bool Contains(int port) => port >= First && port <= Last;

    /// <summary><c>5672</c>, or <c>35672-35682</c>.</summary>
    public override string ToString() => First == Last ? First.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");
}
