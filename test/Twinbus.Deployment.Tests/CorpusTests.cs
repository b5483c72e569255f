using System.Globalization;
using System.Runtime.CompilerServices;
using Twinbus.Deployment.Planning;
using Twinbus.Deployment.Reading;
using Xunit;

namespace Twinbus.Deployment.Tests;

/// <summary>
/// Files that are wrong. Each says in its first lines, behind <c>#!</c>, what is wrong with it and where; nothing else may be
/// said. <c>TWINBUS_ACCEPT_GOLDEN=1</c> writes those lines anew, for the reviewer of the diff.
/// </summary>
public sealed class CorpusTests : IDisposable
{
    private const string Mark = "#! ";

    private readonly Workplace workplace = new();

    public static TheoryData<string> Files =>
        [.. Directory.EnumerateFiles(Folder(), "*.yaml", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Folder(), file)).Order(StringComparer.Ordinal)];

    public void Dispose() => workplace.Dispose();

    [Theory]
    [MemberData(nameof(Files))]
    public async Task EveryMistakeIsToldWithItsPlaceAndNothingElseIs(string name)
    {
        string file = Path.Combine(Folder(), name);
        string[] lines = await File.ReadAllLinesAsync(file);
        string[] expected = [.. lines.TakeWhile(line => line.StartsWith(Mark, StringComparison.Ordinal)).Select(line => line[Mark.Length..])];
        DeploymentException e = await Assert.ThrowsAsync<DeploymentException>(() => workplace.ReadAsync(Request(name, file)));

        Assert.Equal(DeploymentFailureReason.InvalidInput, e.Reason);
        Assert.All(e.Problems, problem => Assert.True(problem.Next.Length > 0, $"{problem} does not say what to do next"));
        string[] actual = [.. e.Problems.Select(problem => Text(problem, file, 0))];
        if (Environment.GetEnvironmentVariable("TWINBUS_ACCEPT_GOLDEN") == "1")
        {
            int shift = actual.Length - expected.Length;
            await File.WriteAllLinesAsync(file, e.Problems.Select(problem => Mark + Text(problem, file, shift)).Concat(lines.Skip(expected.Length)));
            return;
        }

        Assert.Equal(expected, actual);
    }

    [Fact]
    public void ThereAreEnough() => Assert.InRange(Files.Count, 120, 1000);

    // A file of the corpus is what its folder says; what is needed beside it is good.
    private DeploymentRequest Request(string name, string file) => Path.GetDirectoryName(name) switch
    {
        "roles" => new DeploymentRequest { Roles = file, Inventory = workplace.Write("inventory.yaml", "Controller:\n  hosts:\n    host1:\n") },
        "inventory" => new DeploymentRequest { Inventory = file },
        "service" => new DeploymentRequest { Environments = [workplace.Write("environment.yaml", $"resource_registry:\n  OS::TripleO::Services::OsloMessagingRpc: {file}\n")] },
        _ => new DeploymentRequest { Environments = [file] },
    };

    // Other files than the corpus file itself are named by their last part; this machine's directories are nobody's business.
    private static string Text(Problem problem, string file, int shift)
    {
        string place = problem.Place switch
        {
            null => "",
            { Line: 0 } whole => whole.File == file ? "" : Path.GetFileName(whole.File) + " ",
            { } known when Path.GetFullPath(known.File) == file => string.Create(CultureInfo.InvariantCulture, $"{known.Line + shift}:{known.Column}: "),
            { } other => $"{Path.GetFileName(other.File)}:{other.Line}:{other.Column}: ",
        };
        string text = $"{place}{problem.What}: {problem.Why}; {problem.Next}";
        string folder = Path.GetDirectoryName(file)!;
        return text.Replace(folder + "/", "", StringComparison.Ordinal).Replace(folder, "the folder", StringComparison.Ordinal)
            .Replace(ShippedFiles.Find().Root + "/", "", StringComparison.Ordinal).Replace('\n', ' ');
    }

    private static string Folder([CallerFilePath] string source = "") => Path.Combine(Path.GetDirectoryName(source)!, "Corpus");
}
