using System.Collections.Immutable;

namespace Twinbus.Deployment.Reading;

/// <summary>Several environments as one: the later wins, mappings merge, <c>parameters</c> win over <c>parameter_defaults</c>.</summary>
internal sealed record MergedEnvironment
{
    /// <summary>What is mapped, by name; the value keeps the place, and so the file, that it came from.</summary>
    public required ImmutableSortedDictionary<string, TemplateNode> Registry { get; init; }

    /// <summary>What is set, by name; the key's place tells a name apart from its value's place.</summary>
    public required ImmutableSortedDictionary<string, MappingEntry> Parameters { get; init; }

    /// <summary>What one file maps or sets twice.</summary>
    public required ImmutableArray<RepeatedKey> Repeated { get; init; }

    public static MergedEnvironment Of(IReadOnlyList<EnvironmentFile> files)
    {
        SortedDictionary<string, TemplateNode> registry = new(StringComparer.Ordinal);
        SortedDictionary<string, MappingEntry> parameters = new(StringComparer.Ordinal);
        foreach (EnvironmentFile file in files)
        {
            foreach (MappingEntry entry in file.Registry)
            {
                registry[entry.Key.Text] = entry.Value;
            }
        }

        foreach (MappingEntry entry in files.SelectMany(file => file.ParameterDefaults).Concat(files.SelectMany(file => file.Parameters)))
        {
            parameters[entry.Key.Text] = parameters.TryGetValue(entry.Key.Text, out MappingEntry? earlier)
                ? new MappingEntry(entry.Key, Merge(earlier.Value, entry.Value))
                : entry;
        }

        return new MergedEnvironment
        {
            Registry = registry.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Parameters = parameters.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Repeated = [.. files.SelectMany(file => file.Repeated)],
        };
    }

    private static TemplateNode Merge(TemplateNode earlier, TemplateNode later)
    {
        if (earlier is not MappingNode before || later is not MappingNode after)
        {
            return later;
        }

        ImmutableArray<MappingEntry>.Builder entries = ImmutableArray.CreateBuilder<MappingEntry>();
        entries.AddRange(before.Entries.Where(entry => after.Find(entry.Key.Text) is null));
        foreach (MappingEntry entry in after.Entries)
        {
            TemplateNode? old = before.Find(entry.Key.Text);
            entries.Add(old is null ? entry : new MappingEntry(entry.Key, Merge(old, entry.Value)));
        }

        return new MappingNode(later.Place, entries.ToImmutable());
    }
}
