using System.Text.RegularExpressions;
using Xunit;

namespace Twinbus.Architecture.Tests;

/// <summary>A type that others use stands in a file of its name, where whoever looks for it finds it.</summary>
public sealed partial class TypeFileTests
{
    // Types that still stand in another type's file though a third file uses them, by project. The numbers may only shrink.
    private static readonly Dictionary<string, int> Elsewhere = new()
    {
        ["Twinbus.Deployment"] = 63,
        ["Twinbus.Hosts"] = 57,
        ["Twinbus.Hosts.RabbitMq"] = 12,
        ["Twinbus.Messaging"] = 21,
        ["Twinbus.Messaging.Hosting"] = 4,
        ["Twinbus.Messaging.RabbitMq"] = 13,
        ["Twinbus.Operations"] = 3,
    };

    public static TheoryData<string> Projects => [.. Repository.Sources.Select(file => file.Split('/')[1]).Distinct().Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void ATypeThatOthersUseStandsInAFileOfItsName(string project)
    {
        Dictionary<string, string> texts = Repository.Sources.ToDictionary(file => file, Repository.Read);
        string[] misplaced =
        [
            .. texts.Where(source => source.Key.Split('/')[1] == project)
                .SelectMany(source => Declaration().Matches(source.Value).Select(match => (File: source.Key, Type: match.Groups[2].Value)))
                .Where(type => type.Type != Path.GetFileName(type.File).Split('.')[0])
                .Where(type => texts.Any(other => other.Key != type.File && Regex.IsMatch(other.Value, $@"\b{type.Type}\b")))
                .Select(type => $"{type.File}: {type.Type}"),
        ];
        int allowed = Elsewhere.GetValueOrDefault(project);
        Assert.True(misplaced.Length <= allowed, $"{misplaced.Length} types, and {allowed} were there before:\n{string.Join('\n', misplaced)}");
    }

    [GeneratedRegex(@"^(?:public |internal |abstract |sealed |static |readonly |partial )*(class|record struct|record|struct|interface|enum|delegate \w+) (\w+)", RegexOptions.Multiline)]
    private static partial Regex Declaration();
}
