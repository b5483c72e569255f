namespace Twinbus.Hosts.Convergence;

/// <summary>The packages that dpkg counts as installed, read from its own file: a tenth of the time of asking dpkg.</summary>
internal static class PackageStatus
{
    /// <summary>Installed packages and their versions.</summary>
    public static IReadOnlyDictionary<string, string> Installed(HostLayout layout)
    {
        var installed = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!File.Exists(layout.PackageStatus))
        {
            return installed;
        }

        var package = "";
        var complete = false;
        foreach (var line in File.ReadLines(layout.PackageStatus))
        {
            if (line.StartsWith("Package: ", StringComparison.Ordinal))
            {
                package = line["Package: ".Length..];
                complete = false;
            }
            else if (line.StartsWith("Status: ", StringComparison.Ordinal))
            {
                complete = line.EndsWith(" ok installed", StringComparison.Ordinal);
            }
            else if (complete && line.StartsWith("Version: ", StringComparison.Ordinal))
            {
                installed[package] = line["Version: ".Length..];
            }
        }

        return installed;
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
