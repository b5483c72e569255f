using System.Collections.Immutable;

namespace Twinbus.Deployment.Oslo;

/// <summary>Reads the table of releases; its head says how a line is built.</summary>
internal sealed class ReleaseTableReader
{
    private const string Open = "..";
    private readonly List<OsloSeries> series = [];
    private readonly List<DistributionBuild> builds = [];
    private readonly Dictionary<string, Presence> drivers = [];
    private readonly List<OptionRow> options = [];
    private readonly List<AliasRow> aliases = [];
    private string group = "";

    private ReleaseTableReader()
    {
    }

    /// <exception cref="FormatException">A line is not built as the head says; the text has the line.</exception>
    public static ReleaseTable Read(string text)
    {
        ReleaseTableReader reader = new();
        foreach (string line in text.Split('\n'))
        {
            reader.ReadLine(line);
        }

        return new ReleaseTable
        {
            Series = [.. reader.series],
            Builds = [.. reader.builds],
            Drivers = reader.drivers.ToImmutableDictionary(),
            Options = [.. reader.options],
            Aliases = [.. reader.aliases],
        };
    }

    private void ReadLine(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        switch (words)
        {
            case [] or ["#", ..]:
                break;
            case ["series", string name, string id, _, ..]:
                series.Add(new OsloSeries(name, id == "-" ? null : id, [.. words[3..].Select(Version)]));
                break;
            case ["build", string name, string alias, string version]:
                builds.Add(new DistributionBuild(name, alias, Version(version)));
                break;
            case ["driver", string name, _, ..] when group.Length == 0:
                drivers.Add(name, Where(words[2..]));
                break;
            case [['[', .. string name, ']']]:
                group = name;
                break;
            case [string old, "=>", string name, _, ..]:
                string[] path = old.Split('/');
                aliases.Add(new AliasRow(path.Length == 2 ? path[0] : group, path[^1], group, name, Where(words[3..])));
                break;
            case [string name, string type, string value, _, ..]:
                options.Add(new OptionRow(new OsloOption(group, name, type, Default(value)), Where(words[3..])));
                break;
            default:
                throw new FormatException($"The table of releases has a line that is none of its kinds: {line}");
        }
    }

    private Presence Where(string[] words)
    {
        ILookup<bool, string> spans = words.ToLookup(word => word.Contains(Open, StringComparison.Ordinal));
        return new Presence([.. spans[true].Select(Span)], [.. spans[false].Select(Build)]);
    }

    private string Build(string name) => builds.Any(build => build.Name == name)
        ? name
        : throw new FormatException($"The table of releases names a build before it says what it is: {name}");

    private static ReleaseSpan Span(string word)
    {
        string[] ends = word.Split(Open);
        return new ReleaseSpan(End(ends[0]), End(ends[1]));
    }

    private static OsloVersion? End(string text) => text.Length == 0 ? null : Version(text);

    private static OsloVersion Version(string text) => OsloVersion.TryParse(text, out OsloVersion version)
        ? version
        : throw new FormatException($"The table of releases has a version that is not three numbers: {text}");

    private static string? Default(string text) => text switch
    {
        "-" => null,
        "\"\"" => "",
        _ => text,
    };
}
