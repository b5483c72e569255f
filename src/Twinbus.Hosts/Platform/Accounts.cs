namespace Twinbus.Hosts.Platform;

/// <summary>The host's users and groups, read from their files: no child process, no network lookup.</summary>
internal sealed class Accounts(HostLayout layout)
{
    private Dictionary<string, uint>? users;
    private Dictionary<string, uint>? groups;

    public uint? UserId(string name) => Users.TryGetValue(name, out var id) ? id : null;

    public uint? GroupId(string name) => Groups.TryGetValue(name, out var id) ? id : null;

    public string UserName(uint id) => Name(Users, id);

    public string GroupName(uint id) => Name(Groups, id);

    /// <summary>Home directory and shell of a user, or null when there is no such user.</summary>
    public (string Home, string Shell)? Login(string name)
    {
        foreach (var line in File.ReadLines(layout.Passwd))
        {
            var fields = line.Split(':');
            if (fields.Length >= 7 && fields[0] == name)
            {
                return (fields[5], fields[6]);
            }
        }

        return null;
    }

    /// <summary>Forgets what was read, after a change.</summary>
    public void Forget() => users = groups = null;

    private Dictionary<string, uint> Users => users ??= Read(layout.Passwd);

    private Dictionary<string, uint> Groups => groups ??= Read(layout.Group);

    // Both files are name:password:id:...
    private static Dictionary<string, uint> Read(string path)
    {
        var ids = new Dictionary<string, uint>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(path))
        {
            var fields = line.Split(':');
            if (fields.Length >= 3 && uint.TryParse(fields[2], out var id))
            {
                ids.TryAdd(fields[0], id);
            }
        }

        return ids;
    }

    private static string Name(Dictionary<string, uint> ids, uint id)
    {
        foreach (var (name, known) in ids)
        {
            if (known == id)
            {
                return name;
            }
        }

        return id.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}
