using Twinbus.Cli.Failures;
using Twinbus.Cli.Invocation;

namespace Twinbus.Cli.Tests.Invocation;

public sealed class KeyValueArgumentsTests
{
    [Theory]
    [InlineData("seconds=2", """{"seconds":2}""")]
    [InlineData("seconds=2.50", """{"seconds":2.50}""")]
    [InlineData("flag=true", """{"flag":true}""")]
    [InlineData("nothing=null", """{"nothing":null}""")]
    [InlineData("""names=["a","b"]""", """{"names":["a","b"]}""")]
    [InlineData("""deep={"a":{"b":1}}""", """{"deep":{"a":{"b":1}}}""")]
    [InlineData("text=hello", """{"text":"hello"}""")]
    [InlineData("text=a=b", """{"text":"a=b"}""")]
    [InlineData("quoted=\"2\"", """{"quoted":"2"}""")]
    [InlineData("empty=", """{"empty":""}""")]
    [InlineData("version=1.2.3", """{"version":"1.2.3"}""")]
    [InlineData("number=007", """{"number":"007"}""")]
    [InlineData("big=123456789012345678901234567890", """{"big":123456789012345678901234567890}""")]
    public void AValueIsJsonWhereItIsValidJsonAndElseText(string word, string expected) =>
        Assert.Equal(expected, KeyValueArguments.Read([word]).ToJsonString());

    [Theory]
    [InlineData("word")]
    [InlineData("=value")]
    public void AWordWithoutAKeyIsAMistake(string word) =>
        Assert.Contains(word, Assert.Throws<UsageException>(() => KeyValueArguments.Read([word])).Message, StringComparison.Ordinal);

    [Fact]
    public void AKeyThatIsGivenTwiceIsAMistake() =>
        Assert.Contains("'a'", Assert.Throws<UsageException>(() => KeyValueArguments.Read(["a=1", "a=2"])).Message, StringComparison.Ordinal);
}
