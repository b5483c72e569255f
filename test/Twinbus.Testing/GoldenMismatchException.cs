namespace Twinbus.Testing;

/// <summary>A golden file is missing, or the text is no longer what it holds.</summary>
public sealed class GoldenMismatchException(string message) : Exception(message);
