using Twinbus.Messaging;

namespace Twinbus.Deployment.Reading;

/// <summary>Reads the text of files that an operator or another file names.</summary>
internal static class TemplateFiles
{
    /// <summary>The file's text, or null when it cannot be had; why is then among the problems, at the place that names the file.</summary>
    public static async Task<string?> ReadAsync(string path, SourcePlace? namedAt, ProblemList problems, CancellationToken cancellationToken)
    {
        try
        {
            FileInfo file = new(path);
            if (file.Exists && file.Length > TemplateReader.LargestFile)
            {
                problems.Add(namedAt, $"{path} is too large", $"at most {TemplateReader.LargestFile / (1024 * 1024)} MiB are read", "name the file that was meant");
                return null;
            }

            return await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            problems.Add(namedAt, $"there is no file {path}", "", Sibling(path));
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problems.Add(namedAt, $"{path} cannot be read", Directory.Exists(path) ? "it is a directory" : e.Message.TrimEnd('.'), "name a file that can be read");
            return null;
        }
    }

    private static string Sibling(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        IEnumerable<string> names = Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)) : [];
        return WordSuggestion.Of(Path.GetFileName(path), names) is { } nearest
            ? $"did you mean {Path.Combine(Path.GetDirectoryName(path) ?? "", nearest)}?"
            : "name a file that exists";
    }
}
