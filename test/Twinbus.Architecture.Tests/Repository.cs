using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Twinbus.Architecture.Tests;

/// <summary>The files that git tracks (or would track), which is what a reader of the repository sees.</summary>
internal static class Repository
{
    private static readonly Lazy<string[]> Tracked = new(List);

    public static string Root { get; } = FindRoot();

    public static IReadOnlyList<string> Files => Tracked.Value;

    /// <summary>The C# files of the product.</summary>
    public static IEnumerable<string> Sources => Files.Where(file => file.StartsWith("src/", StringComparison.Ordinal) && file.EndsWith(".cs", StringComparison.Ordinal));

    public static IEnumerable<string> Projects => Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal));

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    /// <summary>Each line of <paramref name="files"/> as <c>file:line: text</c>.</summary>
    public static IEnumerable<(string Place, string Text)> Lines(IEnumerable<string> files) =>
        files.SelectMany(file => Read(file).Split('\n').Select((text, index) => ($"{file}:{index + 1}", text)));

    private static string FindRoot([CallerFilePath] string source = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "..", ".."));

    private static string[] List()
    {
        ProcessStartInfo start = new("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
        };
        using Process git = Process.Start(start)!;
        string output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        return [.. output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(file => File.Exists(Path.Combine(Root, file)))];
    }
}
