using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Twinbus.Messaging.Hosting;

/// <summary>Makes what would else be made at its first use.</summary>
internal sealed record StartupCheck(Action<IServiceProvider> Resolve);

/// <summary>Finds wrong URLs, targets and options before anything of the host starts, and tells of all at once.</summary>
internal sealed class StartupValidation(IServiceProvider provider, IEnumerable<StartupCheck> checks) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        List<MessagingException> faults = [];
        foreach (StartupCheck check in checks)
        {
            try
            {
                check.Resolve(provider);
            }
            catch (MessagingException fault)
            {
                faults.Add(fault);
            }
        }

        faults.AddRange(provider.GetServices<IHostedService>().OfType<HostedMessaging>().Select(hosted => hosted.Fault).OfType<MessagingException>());
        string[] texts = [.. faults.Select(fault => fault.Message).Distinct()];
        return texts.Length switch
        {
            0 => Task.CompletedTask,
            1 => Task.FromException(faults[0]),
            _ => Task.FromException(new MessagingException(faults[0].Reason, string.Join(Environment.NewLine, texts), new AggregateException(faults))),
        };
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
