namespace Twinbus.Deployment.Reading;

/// <summary>The environments, services and roles that come with Twinbus.</summary>
/// <param name="Root">The directory that <c>environments</c>, <c>services</c> and <c>roles</c> are in.</param>
public sealed record ShippedFiles(string Root)
{
    private static readonly string[] Folders = ["environments", "services", "roles"];

    /// <summary>The environment that holds when none is given.</summary>
    public string DefaultEnvironment => Path.Combine(Root, "environments", "messaging", "messaging-shared-rabbitmq.yaml");

    /// <summary>The service files.</summary>
    public string Services => Path.Combine(Root, "services");

    /// <summary>The roles, one a file, in name order.</summary>
    public IEnumerable<string> RoleFiles() =>
        Directory.EnumerateFiles(Path.Combine(Root, "roles"), "*.yaml").Order(StringComparer.Ordinal);

    /// <summary>Whether <paramref name="file"/> is one of them: what it says is a default and not an operator's word.</summary>
    public bool Contains(string file) => Folders.Any(folder =>
        Path.GetFullPath(file).StartsWith(Path.GetFullPath(Path.Combine(Root, folder)) + Path.DirectorySeparatorChar, StringComparison.Ordinal));

    /// <summary>Finds them in the directory of the program or in one above it: beside an installed program, or in its checkout.</summary>
    /// <exception cref="DeploymentException">They are in none of those.</exception>
    public static ShippedFiles Find() => Find(AppContext.BaseDirectory);

    internal static ShippedFiles Find(string start)
    {
        for (DirectoryInfo? directory = new(start); directory is not null; directory = directory.Parent)
        {
            ShippedFiles found = new(directory.FullName);
            if (File.Exists(found.DefaultEnvironment))
            {
                return found;
            }
        }

        throw new DeploymentException(
            DeploymentFailureReason.Directory,
            new Problem("the environments of Twinbus are missing", $"neither {start} nor a directory above it has environments/messaging", "install Twinbus again"));
    }
}
