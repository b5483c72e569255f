using Twinbus.Deployment;
using Twinbus.Hosts.Running;
using Twinbus.Operations.Deploys;

namespace Twinbus.Cli.Rendering.Progress;

/// <summary>Progress for a person, event by event.</summary>
internal abstract class SpokenProgress : RunProgress
{
    public sealed override void Report(OperationEvent value)
    {
        switch (value)
        {
            case HostReported host:
                Report(host.Happened);
                break;
            case StepBegun step:
                Step(step.Text);
                break;
            case NoticeRaised raised:
                Notice(raised.Notice);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(value), value, null);
        }
    }

    /// <summary>Something happened on a host.</summary>
    protected abstract void Report(HostEvent happened);

    /// <summary>A step began that is not a host's.</summary>
    protected abstract void Step(string text);

    /// <summary>What the operator should know and need not act on.</summary>
    protected abstract void Notice(Problem notice);
}
