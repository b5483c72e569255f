namespace Twinbus.Cli.Commands;

/// <summary>A command line that works, and what it is for.</summary>
internal sealed record Example(string CommandLine, string Purpose);
