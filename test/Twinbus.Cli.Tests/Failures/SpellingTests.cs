using Twinbus.Cli.Failures;

namespace Twinbus.Cli.Tests.Failures;

public sealed class SpellingTests
{
    private static readonly string[] Words = ["up", "plan", "deploy", "validate", "health", "show", "--format", "--deployment"];

    [Theory]
    [InlineData("plna", "plan")]
    [InlineData("deply", "deploy")]
    [InlineData("vaildate", "validate")]
    [InlineData("--formta", "--format")]
    public void TheNearestWordIsFound(string word, string expected) => Assert.Equal(expected, Spelling.Nearest(word, Words));

    [Theory]
    [InlineData("xyzzy")]
    [InlineData("no")]
    public void AWordThatIsNearToNoneIsNotGuessed(string word) => Assert.Null(Spelling.Nearest(word, Words));
}
