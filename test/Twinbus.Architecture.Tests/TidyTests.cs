using System.Text.RegularExpressions;
using Xunit;

namespace Twinbus.Architecture.Tests;

/// <summary>The house style, as far as a machine can hold it.</summary>
public sealed class TidyTests
{
    private const int LongestFile = 400;

    // A longer file needs its reason here.
    private static readonly Dictionary<string, string> LongFiles = [];

    [Fact]
    public void TypesAreNamedAfterTheFieldAndNotAfterTheirLackOfAName() => Offences.None(
        Matches(Repository.Sources, @"\b(class|record|struct|interface|enum)\s+\w*(Manager|Helper|Helpers|Util|Utils|Utility|Common|Base|Info|Data)\b"));

    [Fact]
    public void NoFileIsARoomThatWantsAWall() => Offences.None(
        Repository.Sources
            .Where(file => !LongFiles.ContainsKey(file))
            .Select(file => (File: file, Lines: Repository.Read(file).Split('\n').Length - 1))
            .Where(source => source.Lines > LongestFile)
            .Select(source => $"{source.File} has {source.Lines} lines"));

    [Fact]
    public void EveryExceptionFromTheLengthLimitIsStillNeeded() => Offences.None(
        LongFiles.Keys.Where(file => Repository.Read(file).Split('\n').Length - 1 <= LongestFile));

    // A container that is disposed the old way cannot await.
    [Fact]
    public void NothingBlocksAThread() => Offences.None(
        Matches(Repository.Sources, @"(\)|[tT]ask)\.Result\b|\.Wait\(|Thread\.Sleep|\.GetAwaiter\(\)\.GetResult\(\)")
            .Where(match => !match.Contains("public void Dispose() => Task.Run(() => DisposeAsync()", StringComparison.Ordinal)));

    [Fact]
    public void NothingIsFiredAndForgotten() => Offences.None(Matches(Repository.Sources, @"\basync\s+void\b"));

    [Fact]
    public void NoErrorIsSwallowed() => Offences.None(
        Repository.Sources.Where(file => Regex.IsMatch(Repository.Read(file), @"catch\s*(\([^)]*\)\s*)?\{\s*\}")));

    [Fact]
    public void NoMergeIsHalfDone() => Offences.None(
        Repository.Lines(Repository.Files.Where(file => Path.GetExtension(file) is ".cs" or ".md" or ".yaml" or ".csproj" or ".txt"))
            .Where(line => Regex.IsMatch(line.Text, @"^(<{7}|>{7}) "))
            .Select(line => line.Place));

    [Fact]
    public void NothingIsLeftForLater() => Offences.None(
        Matches(Repository.Sources, @"NotImplementedException|\b(TODO|FIXME|HACK|XXX)\b"));

    [Fact]
    public void EveryPackageSaysWhatItSavesUsFromWriting()
    {
        string[] lines = Repository.Read("Directory.Packages.props").Split('\n');
        List<string> unexplained = [];
        bool explained = false;
        foreach (string line in lines.Select(line => line.Trim()))
        {
            if (line.StartsWith("<PackageVersion", StringComparison.Ordinal) && !explained)
            {
                unexplained.Add(line);
            }

            // One sentence may stand over a family of packages that come together.
            explained = line.StartsWith("<!--", StringComparison.Ordinal) || (explained && line.StartsWith("<PackageVersion", StringComparison.Ordinal));
        }

        Offences.None(unexplained);
    }

    [Fact]
    public void NoFileNamesTheMachineItWasWrittenOn() => Offences.None(
        Matches(
            Repository.Files.Where(file => file.Contains('.', StringComparison.Ordinal) && file != "test/Twinbus.Architecture.Tests/TidyTests.cs"),
            @"(^|[\s""'=(])(/work/|/var/tmp/dev|/root/|/home/\w+/)"));

    private static IEnumerable<string> Matches(IEnumerable<string> files, string pattern) =>
        Repository.Lines(files)
            .Where(line => Regex.IsMatch(line.Text, pattern))
            .Select(line => $"{line.Place}: {line.Text.Trim()}");
}
