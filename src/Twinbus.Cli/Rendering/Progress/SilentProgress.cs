using Twinbus.Cli.Output;
using Twinbus.Operations.Deploys;

namespace Twinbus.Cli.Rendering.Progress;

/// <summary>Says only what the operator should know: what happens is shown by another.</summary>
internal sealed class SilentProgress(Terminal terminal) : RunProgress
{
    public override void Report(OperationEvent value)
    {
        if (value is NoticeRaised raised)
        {
            NoticeText.Write(raised.Notice, terminal);
        }
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
