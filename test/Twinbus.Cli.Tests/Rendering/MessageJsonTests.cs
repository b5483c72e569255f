using System.Text;
using System.Text.Json;
using Twinbus.Cli.Rendering;

namespace Twinbus.Cli.Tests.Rendering;

/// <summary>What others say on a bus reaches the terminal as one line of valid JSON that changes nothing else on it.</summary>
public sealed class MessageJsonTests
{
    [Theory]
    [InlineData("""{ "a" : [ 1 , null ] }""", """{"a":[1,null]}""")]
    [InlineData("""{"a b":"c d"}""", """{"a b":"c d"}""")]
    [InlineData("\"caf\\u00e9 \\ud834\\udd1e\"", "\"caf\u00e9 \U0001d11e\"")]
    [InlineData("\"\\ud800\"", "\"\\ud800\"")]
    [InlineData("\"\\udc00\\ud800x\"", "\"\\udc00\\ud800x\"")]
    [InlineData("\"\\u001b[2J\\n\\u0022\\u005c\\\\\\\"\"", "\"\\u001b[2J\\n\\u0022\\u005c\\\\\\\"\"")]
    [InlineData("\"\u202e\u0085\u2028\u007f\u200b\"", "\"\\u202e\\u0085\\u2028\\u007f\\u200b\"")]
    [InlineData("\"\U000e0041\"", "\"\\udb40\\udc41\"")]
    public void LineShowsWhatCanBeSeenAndEscapesTheRest(string json, string line)
    {
        string shown = MessageJson.Line(Encoding.UTF8.GetBytes(json));

        Assert.Equal(line, shown);
        using var parsed = JsonDocument.Parse(shown);
        Assert.DoesNotContain(shown, char.IsControl);
    }
}
