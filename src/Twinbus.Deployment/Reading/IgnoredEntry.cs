namespace Twinbus.Deployment.Reading;

/// <summary>Something that a file says and that does not concern messaging.</summary>
/// <param name="Name">A registry's key or a parameter.</param>
/// <param name="Place">Where it stands.</param>
public sealed record IgnoredEntry(string Name, SourcePlace Place);
