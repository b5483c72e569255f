using System.Globalization;
using System.Text;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.Wire;
using Xunit;

namespace Twinbus.Messaging.Tests;

/// <summary>What a message costs to read grows as the message does, and not as its square: work is counted, not time.</summary>
public sealed class GrowthTests
{
    private static readonly InboundLimits Limits = new() { MaxContextEntries = 65_536 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ContextIsReadInLinearTime(bool sameName)
    {
        long small = Comparisons(5_000, sameName);
        long large = Comparisons(20_000, sameName);
        Assert.InRange(large, 1, (small * 5) + 100);
    }

    [Fact]
    public void ContextWithMoreEntriesThanTheLimitIsRefused()
    {
        var limits = new InboundLimits { MaxContextEntries = 100 };
        RpcRequestFields.Read(Context(100, sameName: false), limits);
        NotificationFields.Read(Context(100, sameName: true), limits);

        Assert.Contains("100", Assert.Throws<MalformedMessageException>(() => RpcRequestFields.Read(Context(101, false), limits)).Message, StringComparison.Ordinal);
        Assert.Contains("100", Assert.Throws<MalformedMessageException>(() => NotificationFields.Read(Context(101, true), limits)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LastOfTwoContextEntriesOfOneNameCounts() =>
        Assert.Equal(2, JsonFields.ReadContext("""{"_context_a":1,"_context_b":3,"_context_a":2}"""u8.ToArray(), Limits)["a"].GetInt32());

    // Each of these takes longer than the world has stood when every way of matching is tried.
    [Fact]
    public void ShellPatternDoesNotTryEveryWay()
    {
        string pattern = string.Concat(Enumerable.Repeat("*a", 40)) + "*b";
        Assert.False(ShellPattern.Matches(pattern, new string('a', 200)));
        Assert.True(ShellPattern.Matches(pattern, new string('a', 200) + "b"));
    }

    private static long Comparisons(int count, bool sameName)
    {
        var comparer = new CountingComparer();
        MessageContext context = JsonFields.ReadContext(Context(count, sameName), Limits, comparer);
        Assert.Equal(sameName ? 1 : count, context.Count);
        return comparer.Count;
    }

    private static byte[] Context(int count, bool sameName) => Encoding.UTF8.GetBytes(
        "{" + string.Join(',', Enumerable.Range(0, count).Select(i =>
            string.Create(CultureInfo.InvariantCulture, $"\"_context_{(sameName ? 0 : i)}\":{i}"))) + "}");

    private sealed class CountingComparer : IEqualityComparer<string>
    {
        public long Count { get; private set; }

        public bool Equals(string? x, string? y)
        {
            Count++;
            return string.Equals(x, y, StringComparison.Ordinal);
        }

        public int GetHashCode(string obj)
        {
            Count++;
            return string.GetHashCode(obj, StringComparison.Ordinal);
        }
    }
}
