using Xunit;

namespace Twinbus.Testing.Tests;

public sealed class GoldenFileTests
{
    [Fact]
    public void TheSameTextMatches() => GoldenFile.Matches("first\nsecond\n", "two-lines.txt");

    [Fact]
    public void AChangedLineIsNamedWithItsNumber()
    {
        GoldenMismatchException mismatch =
            Assert.Throws<GoldenMismatchException>(() => GoldenFile.Matches("first\nother\n", "two-lines.txt"));
        Assert.Contains("two-lines.txt:2:", mismatch.Message);
        Assert.Contains("expected: second", mismatch.Message);
        Assert.Contains("actual:   other", mismatch.Message);
    }

    [Fact]
    public void AMissingFileSaysHowToMakeIt()
    {
        GoldenMismatchException mismatch =
            Assert.Throws<GoldenMismatchException>(() => GoldenFile.Matches("text", "no-such-file.txt"));
        Assert.Contains("TWINBUS_ACCEPT_GOLDEN=1", mismatch.Message);
    }
}
