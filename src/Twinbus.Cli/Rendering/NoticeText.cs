using Twinbus.Cli.Output;
using Twinbus.Deployment;

namespace Twinbus.Cli.Rendering;

/// <summary>What an operator should know and need not act on.</summary>
internal static class NoticeText
{
    public static void Write(Problem notice, Terminal terminal) =>
        terminal.Error.WriteLine($"{Application.Name}: {terminal.ErrorStyle.Notable("note:")} {notice}");
}
