using System.Globalization;
using Twinbus.Deployment.Reading;
using Xunit;

namespace Twinbus.Deployment.Tests.Templates;

public sealed class TemplateReaderTests
{
    [Fact]
    public void EveryNodeKnowsItsPlace()
    {
        MappingNode root = (MappingNode)Read("a: 1\nb:\n  - x\n  - {c: 'two'}\n")!;

        Assert.Equal("f.yaml:1:4", root.Find("a")!.Place.ToString());
        SequenceNode list = (SequenceNode)root.Find("b")!;
        Assert.Equal("f.yaml:3:5", list.Items[0].Place.ToString());
        ScalarNode two = (ScalarNode)((MappingNode)list.Items[1]).Find("c")!;
        Assert.Equal(("f.yaml:4:9", "two", true), (two.Place.ToString(), two.Text, two.IsQuoted));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("---\n")]
    [InlineData("~\n")]
    public void AnEmptyFileHasNoRoot(string text) => Assert.Null(Read(text));

    [Theory]
    [InlineData("a: [1, 2\n", "f.yaml:2:1: malformed YAML")]
    [InlineData("a:\n\t- b\n", "f.yaml:2:1: malformed YAML")]
    [InlineData("a: 1\na: 2\n", "f.yaml:2:1: a is given twice: it stands on line 1 already; keep one of the two")]
    [InlineData("a: !!python/object x\n", "f.yaml:1:4: the tag")]
    [InlineData("a: !env HOME\n", "f.yaml:1:4: the tag !env")]
    [InlineData("a: *b\n", "f.yaml:1:4: the alias *b has no anchor before it")]
    [InlineData("a: &b [*b]\n", "f.yaml:1:8: the alias *b stands inside what it names")]
    [InlineData("a: &b {c: 1}\nd:\n  <<: *b\n", "f.yaml:3:3: the merge key <<")]
    [InlineData("[1]: 2\n", "f.yaml:1:1: a key that is a list")]
    [InlineData("a: 1\n---\nb: 2\n", "f.yaml:2:1: a second YAML document")]
    public void WhatCouldSurpriseIsRefused(string text, string expected) =>
        Assert.StartsWith(expected, Problem(text), StringComparison.Ordinal);

    [Fact]
    public void DepthIsLimited()
    {
        Assert.NotNull(Read(new string('[', 60) + new string(']', 60)));
        Assert.StartsWith("f.yaml:1:65: nested too deeply", Problem(new string('[', 3000) + new string(']', 3000)), StringComparison.Ordinal);
    }

    [Fact]
    public void ABillionLaughsAreNotHeard()
    {
        string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + string.Concat(Enumerable.Range(1, 12).Select(level =>
            string.Create(CultureInfo.InvariantCulture, $"a{level}: &a{level} [{string.Join(", ", Enumerable.Repeat($"*a{level - 1}", 10))}]\n")));

        Assert.Contains("too much content", Problem(text), StringComparison.Ordinal);
    }

    [Fact]
    public void AnAliasIsTheNodeThatItNames()
    {
        MappingNode root = (MappingNode)Read("a: &x {b: 1}\nc: *x\n")!;
        Assert.Same(root.Find("a"), root.Find("c"));
    }

    private static TemplateNode? Read(string text)
    {
        ProblemList problems = new();
        TemplateNode? root = TemplateReader.Read("f.yaml", text, problems);
        problems.ThrowIfAny();
        return root;
    }

    private static string Problem(string text) => Assert.Throws<DeploymentException>(() => Read(text)).Problems[0].ToString();
}
