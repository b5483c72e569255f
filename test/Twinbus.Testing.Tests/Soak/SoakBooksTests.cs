using Twinbus.Soak;
using Xunit;

namespace Twinbus.Testing.Tests.Soak;

public sealed class SoakBooksTests
{
    private static readonly SoakRow Row = new()
    {
        Date = new DateTimeOffset(2026, 11, 27, 17, 0, 1, TimeSpan.Zero),
        Machine = "2 processors, 24 GiB, load 1.5",
        Commit = "c9d494a",
        Cell = "kill",
        Seed = 7,
        Acknowledged = 12_345,
        CallsAnswered = 6_000,
        TimedOut = 14,
        TimedOutExecuted = 3,
        SilenceOfCalls = 20.8,
        RecoveredAfter = 12.5,
        NeededAHand = true,
        HealthDuring = "unhealthy: h1: rpc connect",
        HealthAfter = "healthy",
        Notes = "hit h1",
    };

    [Fact]
    public void ARowIsReadAsItWasWritten() => Assert.Equal(Row, SoakRow.Parse(Row.Format()));

    [Fact]
    public void ARowStaysOneLineWhateverHealthSays() =>
        Assert.Equal("a b c", SoakRow.Parse((Row with { HealthDuring = "a\tb\nc" }).Format()).HealthDuring);

    [Fact]
    public void AFileIsReadAsItWasAppendedToAndABadLineIsNamed()
    {
        using var directory = new TemporaryDirectory();
        var file = new ResultsFile(directory["results.tsv"]);
        Assert.Empty(file.Read());
        file.Append(Row);
        file.Append(Row with { Cell = "link" });
        Assert.Equal([Row, Row with { Cell = "link" }], file.Read());

        File.AppendAllText(directory["results.tsv"], "half a li");
        Assert.Contains($"{directory["results.tsv"]}:4: ", Assert.Throws<FormatException>(file.Read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatWasDoneIsNotRunAgainAndEachCellIsRunOnceBeforeAnyIsRunAgain()
    {
        var cells = Catalogue.Cells.Take(3).ToList();
        var done = new[] { Row with { Cell = cells[0].Name }, Row with { Cell = cells[0].Name }, Row with { Cell = cells[2].Name } };
        Assert.Equal([cells[1].Name, cells[1].Name, cells[2].Name], ResultsFile.Remaining(done, cells, 2).Select(cell => cell.Name));
    }

    [Fact]
    public void EachOfLostWrongHungAndDeafIsBad()
    {
        Assert.True((Row with { Twice = 3, ExecutedTwice = 1 }).IsGood);
        Assert.All([Row with { Lost = 1 }, Row with { Wrong = 1 }, Row with { Hung = 1 }, Row with { Deaf = 1 }], row => Assert.False(row.IsGood));
    }

    [Fact]
    public void RunsOfACellAreSummedUpAndWhatMayNeverHappenIsMarked()
    {
        var table = SummaryTable.Render([Row, Row with { Lost = 2, SilenceOfCalls = 3 }, Row with { Cell = "link" }]);
        Assert.Contains("| c9d494a | kill | 2 | 24,690 | **2** | 0 | 12,000 | 0 | 0 | 28 (6) | 0 | 0 | 0.0 / 20.8 s |", table, StringComparison.Ordinal);
        Assert.Contains("|  | all | 3 |", table, StringComparison.Ordinal);
    }

    [Fact]
    public void NamesOfCellsAreUnlikeAndABeginningNamesAll()
    {
        Assert.Distinct(Catalogue.Cells.Select(cell => cell.Name));
        Assert.Equal(Catalogue.Cells.Where(cell => cell.Name.StartsWith("node-", StringComparison.Ordinal)), SoakOptions.Parse(["--cells", "node-"], "r").Cells);
        Assert.Contains("\"nothing\"", Assert.Throws<FormatException>(() => SoakOptions.Parse(["--cells", "nothing"], "r")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AClusterIsWholeSplitOrShortOfAMemberByTheWordOfItsMembers()
    {
        var whole = Cluster("{3,0}", "{3,0}", "{3,0}");
        Assert.True(whole is { IsWhole: true, IsSplit: false });
        Assert.Empty(whole.ToRestart("h1"));

        var split = Cluster("{2,1}", "{2,1}", "{1,2}");
        Assert.True(split is { IsSplit: true, IsWhole: false });
        Assert.Equal(["h3"], split.ToRestart("h3"));

        var shortOfOne = new ClusterState([Member.Parse("h1", "{2,0}", true), new Member("h2", 0, 0, false), Member.Parse("h3", "{2,0}", true)]);
        Assert.True(shortOfOne is { IsSplit: false, IsWhole: false });
        Assert.Equal(["h2"], shortOfOne.ToRestart("h1"));
        var closed = new ClusterState([.. whole.Members.Select(member => member with { Accepts = member.Host != "h3" })]);
        Assert.False(closed.IsWhole);
        Assert.Equal(["h3"], closed.ToRestart("h1"));
        Assert.Throws<InvalidOperationException>(() => Member.Parse("h1", "{badrpc,nodedown}", true));

        static ClusterState Cluster(params string[] answers) => new([.. answers.Select((answer, index) => Member.Parse($"h{index + 1}", answer, true))]);
    }
}
