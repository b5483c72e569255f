using Twinbus.Deployment;

namespace Twinbus.Cli.Rendering;

/// <summary>What an operator should know and need not act on.</summary>
internal static class NoticeText
{
    public static void Write(IEnumerable<Problem> notices, Terminal terminal)
    {
        foreach (Problem notice in notices)
        {
            terminal.Error.WriteLine($"{Application.Name}: {terminal.ErrorStyle.Notable("note:")} {notice}");
        }
    }
}
