namespace Twinbus.Operations.Documents;

/// <summary>Something that a file says and that does not concern messaging; part of other documents.</summary>
/// <param name="Name">A registry's key or a parameter.</param>
/// <param name="Place"><c>file:line:column</c>.</param>
public sealed record IgnoredName(string Name, string Place);
