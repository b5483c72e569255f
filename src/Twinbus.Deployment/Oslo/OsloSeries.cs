using System.Collections.Immutable;
using System.Globalization;

namespace Twinbus.Deployment.Oslo;

/// <summary>A series of OpenStack and the releases of oslo.messaging that were made for it.</summary>
/// <param name="Name">Lower case, such as <c>caracal</c>.</param>
/// <param name="Id">Year and number, such as <c>2024.1</c>; null before 2023.</param>
/// <param name="LastPatches">The last patch of each of its minor releases, oldest first.</param>
public sealed record OsloSeries(string Name, string? Id, ImmutableArray<OsloVersion> LastPatches)
{
    /// <summary>What it ended up with.</summary>
    public OsloVersion Last => LastPatches[^1];

    /// <inheritdoc/>
    public override string ToString()
    {
        string name = CultureInfo.InvariantCulture.TextInfo.ToTitleCase(Name);
        return Id is null ? name : $"{Id} {name}";
    }

    internal bool IsCalled(string text) => text == Name || text == Id || text == $"{Id}-{Name}" || text == $"{Name}-{Id}";
}
