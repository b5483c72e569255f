using System.Net.Http.Headers;
using System.Text;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Kinds.Services;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Platform;
using Twinbus.Hosts.Running;

namespace Twinbus.Hosts.Tests.RabbitMq;

/// <summary>A broker instance of its own on this very machine: user, directories, cookie, service; removed at the end.</summary>
[Trait("Needs", "Root")]
public sealed class MachineTests : IAsyncLifetime
{
    private const string Name = TestBroker.Name;

    private readonly HostRunner runner = new(new RunnerOptions { Kinds = TestHost.Kinds });
    private readonly List<HostEvent> events = [];
    private readonly TestBroker broker = new();

    public async ValueTask InitializeAsync() => await RemoveAsync();

    public async ValueTask DisposeAsync() => await RemoveAsync();

    [Fact]
    public async Task ABrokerIsDeployedKilledMendedAndRemoved()
    {
        Assert.True(Posix.IsRoot, "This test changes the machine and needs root.");

        var check = await CheckAsync();
        var first = await DeployAsync();
        Assert.True(first.Succeeded, first.Failures.FirstOrDefault()?.ToString());
        Assert.Equal(check.Changes.Select(c => c.Name), first.Changes.Select(c => c.Name));

        var start = TimeProvider.System.GetTimestamp();
        var second = await DeployAsync();
        var took = TimeProvider.System.GetElapsedTime(start);
        Assert.Empty(second.Changes);
        Assert.True(took < TimeSpan.FromMilliseconds(500), $"A deploy with nothing to do took {took.TotalMilliseconds} ms.");

        var main = InitSystem.MainProcess(Name, "/run/" + Name)!.Value;
        Posix.Signal(main, Posix.SignalKill);
        while (ProcessTable.Carries(main, ProcessTable.ServiceMark, Name))
        {
            await Task.Yield();
        }

        var mended = await DeployAsync();
        Assert.True(mended.Succeeded, mended.Failures.FirstOrDefault()?.ToString());
        Assert.Equal([("service", ResourceAction.Start)], mended.Changes.Select(c => (c.Kind, c.Action)));

        await DeleteAdministratorAsync();
        var planned = await CheckAsync();
        var repaired = await DeployAsync();
        Assert.Equal(["rabbitmq-user"], planned.Changes.Select(c => c.Kind));
        Assert.True(repaired.Succeeded, repaired.Failures.FirstOrDefault()?.ToString());
        Assert.Equal(["rabbitmq-user"], repaired.Changes.Select(c => c.Kind));
        Assert.Contains("made anew", repaired.Changes[0].Detail, StringComparison.Ordinal);

        Assert.DoesNotContain(events, e => e.ToString().Contains("canary", StringComparison.Ordinal));
        var removed = await RemoveAsync();
        Assert.True(removed.Succeeded, removed.Failures.FirstOrDefault()?.ToString());
        Assert.Null(new Accounts(new HostLayout()).UserId(Name));
        Assert.False(Directory.Exists("/var/lib/" + Name));
        Assert.False(Directory.Exists("/run/" + Name));
        Assert.Empty(ProcessTable.Find(ProcessTable.ServiceMark, Name));
    }

    private Task<RunReport> CheckAsync() => runner.CheckAsync(broker.PlanOf("here"), new Recorder(events), TestContext.Current.CancellationToken);

    private Task<RunReport> DeployAsync() => runner.DeployAsync(broker.PlanOf("here"), new Recorder(events), TestContext.Current.CancellationToken);

    private Task<RunReport> RemoveAsync() => runner.RemoveAsync(Name, ["here"], purgePackages: false, new Recorder(events), default);

    private async Task DeleteAdministratorAsync()
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"http://127.0.0.1:{broker.Management.Port}/api/users/administrator");
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("administrator:canary-administrator")));
        using var response = await client.SendAsync(request);
        response.EnsureSuccessStatusCode();
    }
}
