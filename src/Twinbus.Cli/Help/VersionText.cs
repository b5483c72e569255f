using System.CommandLine;
using System.CommandLine.Invocation;
using Twinbus.Operations;

namespace Twinbus.Cli.Help;

/// <summary><c>--version</c>: the version and nothing else.</summary>
internal sealed class VersionText(TextWriter output) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        output.WriteLine(ProductVersion.Text);
        return (int)ExitCode.Done;
    }
}
