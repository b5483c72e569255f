using System.Text.RegularExpressions;
using Xunit;

namespace Twinbus.Architecture.Tests;

/// <summary>Measures of source text. What does not keep them yet is listed, and the lists may only shrink.</summary>
public sealed partial class SourceStyleTests
{
    private const int LongestLine = 160;
    private const int LongestMethod = 60;

    // Lines that are still too long, by project.
    private static readonly Dictionary<string, int> LongLines = new()
    {
        ["Twinbus.Cli"] = 14,
        ["Twinbus.Deployment"] = 119,
        ["Twinbus.Hosts"] = 14,
        ["Twinbus.Hosts.RabbitMq"] = 5,
        ["Twinbus.Messaging"] = 5,
        ["Twinbus.Messaging.RabbitMq"] = 9,
        ["Twinbus.Operations"] = 11,
    };

    // Projects that still say var where a declaration names its type elsewhere.
    private static readonly string[] SayVar = ["Twinbus.Hosts", "Twinbus.Messaging", "Twinbus.Messaging.Hosting", "Twinbus.Messaging.RabbitMq"];

    // Files with a method that is still too long.
    private static readonly string[] LongMethods =
    [
        "src/Twinbus.Deployment/Planning/DeploymentReader.cs",
        "src/Twinbus.Messaging.RabbitMq/RabbitErrors.cs",
        "src/Twinbus.Messaging/Wire/RpcRequestFields.cs",
    ];

    public static TheoryData<string> SourceFolders => [.. Repository.Sources.Select(FolderOf).Distinct().Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(SourceFolders))]
    public void ALineFitsBesideAnother(string project)
    {
        string[] tooLong =
        [
            .. Repository.Lines(Repository.Sources.Where(file => FolderOf(file) == project))
                .Where(line => line.Text.Length > LongestLine)
                .Select(line => line.Place),
        ];
        int allowed = LongLines.GetValueOrDefault(project);
        string message = $"{tooLong.Length} lines of more than {LongestLine} characters, and {allowed} were there before:\n{string.Join('\n', tooLong)}";
        Assert.True(tooLong.Length <= allowed, message);
    }

    [Fact]
    public void AMethodFitsOnAScreen() => Offences.None(
        Repository.Sources.Except(LongMethods).SelectMany(Methods).Where(method => method.Lines > LongestMethod)
            .Select(method => $"{method.Place}: {method.Lines} lines"));

    [Fact]
    public void EveryExceptionFromTheMethodLimitIsStillNeeded() => Offences.None(
        LongMethods.Where(file => !Repository.Files.Contains(file) || Methods(file).All(method => method.Lines <= LongestMethod)));

    [Fact]
    public void ADeclarationNamesItsType() => Offences.None(
        Repository.Lines(Repository.Sources.Where(file => !SayVar.Contains(FolderOf(file))))
            .Where(line => VarDeclaration().IsMatch(line.Text) && !line.Text.Contains("var (", StringComparison.Ordinal))
            .Select(line => $"{line.Place}: {line.Text.Trim()}"));

    private static string FolderOf(string file) => file.Split('/')[1];

    // A body stands between two braces that are alone on their lines at the indentation of a member.
    private static IEnumerable<(string Place, int Lines)> Methods(string file)
    {
        string[] lines = Repository.Read(file).Split('\n');
        for (int start = 1; start < lines.Length; start++)
        {
            string indent = lines[start] switch
            {
                "    {" => "    ",
                "        {" => "        ",
                _ => "",
            };
            if (indent.Length == 0 || !OpensMember(lines, start, indent))
            {
                continue;
            }

            int end = Array.FindIndex(lines, start, line => line.StartsWith($"{indent}}}", StringComparison.Ordinal));
            yield return ($"{file}:{start + 1}", end - start - 1);
        }
    }

    private static bool OpensMember(string[] lines, int brace, string indent)
    {
        int declaration = brace - 1;
        while (declaration > 0 && lines[declaration].StartsWith($"{indent} ", StringComparison.Ordinal))
        {
            declaration--;
        }

        return lines[declaration].StartsWith(indent, StringComparison.Ordinal) && !TypeDeclaration().IsMatch(lines[declaration]);
    }

    [GeneratedRegex(@"^\s*((await )?using )?var \w+ = |foreach \(var |for \(var ")]
    private static partial Regex VarDeclaration();

    [GeneratedRegex(@"\b(class|record|struct|interface|enum|namespace)\s")]
    private static partial Regex TypeDeclaration();
}
