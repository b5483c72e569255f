using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Kinds.Packages;

/// <summary>The packages that dpkg counts as installed, read from its own file: a tenth of the time of asking dpkg.</summary>
internal static class PackageStatus
{
    /// <summary>Installed packages and their versions.</summary>
    public static IReadOnlyDictionary<string, string> Installed(HostLayout layout) => Read(layout)
        .Where(p => p.Status.EndsWith(" ok installed", StringComparison.Ordinal))
        .DistinctBy(p => p.Package)
        .ToDictionary(p => p.Package, p => p.Version, StringComparer.Ordinal);

    /// <summary>Packages of which anything is there, however far their installation came.</summary>
    public static IReadOnlySet<string> Present(HostLayout layout) => Read(layout)
        .Where(p => !p.Status.EndsWith(" not-installed", StringComparison.Ordinal) && !p.Status.EndsWith(" config-files", StringComparison.Ordinal))
        .Select(p => p.Package)
        .ToHashSet(StringComparer.Ordinal);

    private static IEnumerable<(string Package, string Status, string Version)> Read(HostLayout layout)
    {
        if (!File.Exists(layout.PackageStatus))
        {
            yield break;
        }

        string package = "", status = "", version = "";
        foreach (var line in File.ReadLines(layout.PackageStatus))
        {
            if (line.Length == 0)
            {
                yield return (package, status, version);
            }
            else if (line.StartsWith("Package: ", StringComparison.Ordinal))
            {
                (package, status, version) = (line["Package: ".Length..], "", "");
            }
            else if (line.StartsWith("Status: ", StringComparison.Ordinal))
            {
                status = line["Status: ".Length..];
            }
            else if (line.StartsWith("Version: ", StringComparison.Ordinal))
            {
                version = line["Version: ".Length..];
            }
        }
    }

    /// <summary>The version that the host's package lists offer, the first one found; null when they do not name the package.</summary>
    public static string? Candidate(HostLayout layout, string package)
    {
        if (!Directory.Exists(layout.PackageLists))
        {
            return null;
        }

        foreach (var list in Directory.EnumerateFiles(layout.PackageLists, "*_Packages"))
        {
            var here = false;
            foreach (var line in File.ReadLines(list))
            {
                if (line.StartsWith("Package: ", StringComparison.Ordinal))
                {
                    here = line.AsSpan("Package: ".Length).SequenceEqual(package);
                }
                else if (here && line.StartsWith("Version: ", StringComparison.Ordinal))
                {
                    return line["Version: ".Length..];
                }
            }
        }

        return null;
    }
}
