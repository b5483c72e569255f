using System.Runtime.CompilerServices;

namespace Twinbus.Testing;

/// <summary>
/// Text that was looked at once and must not change unseen. The file lies in the folder <c>Golden</c> beside the
/// test's source file; <c>TWINBUS_ACCEPT_GOLDEN=1</c> writes what the test produced, for the reviewer of the diff.
/// </summary>
public static class GoldenFile
{
    private const string AcceptVariable = "TWINBUS_ACCEPT_GOLDEN";

    /// <summary>Passes when <paramref name="actual"/> is, to the byte, what the golden file <paramref name="name"/> holds.</summary>
    /// <param name="actual">What the code under test produced.</param>
    /// <param name="name">The file's name, with sub-folders if wanted: <c>plan/shared.txt</c>.</param>
    /// <param name="testSource">The test's source file; the compiler fills it in.</param>
    /// <exception cref="GoldenMismatchException">The file is missing or differs.</exception>
    public static void Matches(string actual, string name, [CallerFilePath] string testSource = "")
    {
        ArgumentNullException.ThrowIfNull(actual);
        string path = PathOf(name, testSource);
        if (Environment.GetEnvironmentVariable(AcceptVariable) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
            return;
        }

        if (!File.Exists(path))
        {
            throw new GoldenMismatchException(
                $"There is no golden file {path}. Run the test once with {AcceptVariable}=1 and review what it wrote. Now it is:\n{actual}");
        }

        string expected = File.ReadAllText(path);
        if (!string.Equals(expected, actual, StringComparison.Ordinal))
        {
            throw new GoldenMismatchException(Difference(expected, actual, path));
        }
    }

    /// <summary>The text of the golden file <paramref name="name"/>, for a test whose input it is.</summary>
    public static string Read(string name, [CallerFilePath] string testSource = "") =>
        File.ReadAllText(PathOf(name, testSource));

    /// <summary>The bytes of the golden file <paramref name="name"/>, for a test whose input it is.</summary>
    public static byte[] ReadBytes(string name, [CallerFilePath] string testSource = "") =>
        File.ReadAllBytes(PathOf(name, testSource));

    /// <summary>Where the golden file <paramref name="name"/> of a test is, whether it exists or not.</summary>
    public static string PathOf(string name, [CallerFilePath] string testSource = "") =>
        Path.Combine(Path.GetDirectoryName(testSource)!, "Golden", name);

    private static string Difference(string expected, string actual, string path)
    {
        string[] before = expected.Split('\n');
        string[] now = actual.Split('\n');
        int line = 0;
        while (line < before.Length && line < now.Length && before[line] == now[line])
        {
            line++;
        }

        return $"""
            {path}:{line + 1}: the text is no longer what the golden file holds.
              expected: {(line < before.Length ? before[line] : "(the end)")}
              actual:   {(line < now.Length ? now[line] : "(the end)")}
            If the change is meant, run the test with {AcceptVariable}=1 and review the diff. The whole text now:
            {actual}
            """;
    }
}
