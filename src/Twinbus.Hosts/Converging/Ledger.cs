using System.Text.Json;
using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Converging;

/// <summary>
/// All that a deployment made on this host, in the order in which it was made. An entry is on disk before the thing
/// is, so that an interrupted run leaves nothing behind that nobody knows of.
/// </summary>
internal sealed class Ledger
{
    private const string Format = "twinbus-ledger";
    private const int Version = 1;

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

    public static Ledger Open(HostLayout layout, string deployment)
    {
        var path = Path.Combine(layout.Ledgers, deployment + ".json");
        try
        {
            var content = File.ReadAllBytes(path);
            if (DocumentHead.Read(content) is { } head && !head.Is(Format, Version))
            {
                throw new HostException(
                    HostFailureReason.Protocol,
                    $"The ledger {path} was written by another version of Twinbus.",
                    $"It is {head}, and this version knows {new DocumentHead(Format, Version)}.",
                    "Use the Twinbus that deployed here last, or a newer one.");
            }

            return new Ledger(path, deployment, JsonSerializer.Deserialize(content, LedgerJson.Default.LedgerDocument)?.Entries ?? []);
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

    /// <summary>Whether the entry is there already; an unfinished one may say more by now than when it was begun.</summary>
    public bool Has(LedgerEntry entry) =>
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
            JsonSerializer.SerializeToUtf8Bytes(new LedgerDocument(Format, Version, entries), LedgerJson.Default.LedgerDocument),
            owner: null,
            UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
