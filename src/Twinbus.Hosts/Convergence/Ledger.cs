using System.Text.Json;
using System.Text.Json.Serialization;
using Twinbus.Hosts.Resources;

namespace Twinbus.Hosts.Convergence;

/// <summary>One thing that a deployment made on this host, with what is needed to remove it. Never a secret.</summary>
internal sealed record LedgerEntry(string Kind, string Name)
{
    /// <summary>For a package: its installation began and was not brought to its end.</summary>
    public bool Unfinished { get; init; }

    /// <summary>For a package: all that its installation brought along, with spaces between.</summary>
    public string? Packages { get; init; }

    /// <summary>For a port claim: the ports, several in a row as <c>FIRST-LAST</c>, with spaces between.</summary>
    public string? Ports { get; init; }

    /// <summary>For a directory: whether what others put into it goes as well.</summary>
    public bool OwnsContent { get; init; }

    /// <summary>For a service: the directory of its pid.</summary>
    public string? RuntimeDirectory { get; init; }

    /// <summary>For a service: how long it may take to stop, in seconds.</summary>
    public int StopTimeoutSeconds { get; init; }

    /// <summary>For what is inside a broker: the instance, which takes it along when it goes.</summary>
    public string? Instance { get; init; }

    /// <summary>For what is inside a broker: the virtual host.</summary>
    public string? VirtualHost { get; init; }

    /// <summary>For what is inside a broker: its name there.</summary>
    public string? Entity { get; init; }
}

/// <summary>
/// All that a deployment made on this host, in the order in which it was made. An entry is on disk before the thing
/// is, so that an interrupted run leaves nothing behind that nobody knows of.
/// </summary>
internal sealed class Ledger
{
    private readonly string path;
    private readonly List<LedgerEntry> entries;

    private Ledger(string path, string deployment, List<LedgerEntry> entries)
    {
        this.path = path;
        Deployment = deployment;
        this.entries = entries;
    }

    public string Deployment { get; }

    public IReadOnlyList<LedgerEntry> Entries => entries;

    /// <summary>The ports that are the deployment's here.</summary>
    public IReadOnlyList<LedgerEntry> Claims => [.. entries.Where(e => e.Kind == PortClaimResource.KindName)];

    public static Ledger Open(HostLayout layout, string deployment)
    {
        var path = Path.Combine(layout.Ledgers, deployment + ".json");
        try
        {
            return new Ledger(path, deployment, JsonSerializer.Deserialize(File.ReadAllBytes(path), LedgerJson.Default.ListLedgerEntry) ?? []);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new Ledger(path, deployment, []);
        }
        catch (JsonException e)
        {
            throw new HostException(
                HostFailureReason.FileSystem,
                $"The ledger {path} cannot be read.",
                e.Message,
                "It lists what this deployment made on the host. Restore it from a backup, or remove it and see to the leftovers by hand.",
                e);
        }
    }

    /// <summary>Files of writes that were killed before they had their name.</summary>
    public static IEnumerable<string> Unfinished(HostLayout layout, string deployment) =>
        Directory.Exists(layout.Ledgers) ? Directory.EnumerateFiles(layout.Ledgers, $".{deployment}.json.*") : [];

    public bool Contains(string kind, string name) => entries.Exists(e => e.Kind == kind && e.Name == name);

    /// <summary>Whether the entry is there already; a package's may say more by now than when it was begun.</summary>
    public bool IsSettled(LedgerEntry entry) =>
        entries.Contains(entry) || (entry.Unfinished && Contains(entry.Kind, entry.Name));

    /// <summary>Adds or updates an entry, durably.</summary>
    public void Add(LedgerEntry entry)
    {
        var at = entries.FindIndex(e => e.Kind == entry.Kind && e.Name == entry.Name);
        if (at >= 0 && entries[at] == entry)
        {
            return;
        }

        if (at >= 0)
        {
            entries[at] = entry;
        }
        else
        {
            entries.Add(entry);
        }

        Save();
    }

    /// <summary>Takes an entry out once the thing is gone, durably; the last one takes the file along.</summary>
    public void Remove(LedgerEntry entry)
    {
        if (!entries.Remove(entry))
        {
            return;
        }

        if (entries.Count > 0)
        {
            Save();
            return;
        }

        File.Delete(path);
    }

    private void Save()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, WholeFile.RootOnlyDirectory);
        WholeFile.Write(
            path,
            JsonSerializer.SerializeToUtf8Bytes(entries, LedgerJson.Default.ListLedgerEntry),
            owner: null,
            UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    WriteIndented = true)]
[JsonSerializable(typeof(List<LedgerEntry>))]
internal sealed partial class LedgerJson : JsonSerializerContext;
