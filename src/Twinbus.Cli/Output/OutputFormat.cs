namespace Twinbus.Cli.Output;

/// <summary>Whom standard output is for.</summary>
internal enum OutputFormat
{
    /// <summary>A person.</summary>
    Text,

    /// <summary>A program: one JSON document.</summary>
    Json,
}
