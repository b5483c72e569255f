using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Kinds;
using Twinbus.Hosts.Kinds.Directories;
using Twinbus.Hosts.Kinds.Files;
using Twinbus.Hosts.Kinds.Services;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Platform;
using Twinbus.Hosts.RabbitMq;
using Twinbus.Hosts.RabbitMq.Management;
using Twinbus.Hosts.Running;
using Twinbus.Testing;

namespace Twinbus.Hosts.Tests;

/// <summary>A host laid out in a temporary directory, with the real runner and agent in front of it.</summary>
internal sealed class TestHost : IDisposable
{
    /// <summary>All kinds that an agent knows.</summary>
    public static ResourceKinds Kinds { get; } = new ResourceKinds().AddBuiltIn().AddRabbitMq();

    private readonly TemporaryDirectory directory = new();

    public TestHost()
    {
        directory.Write("etc/passwd", $"root:x:0:0::/root:/bin/sh\n{Environment.UserName}:x:{Posix.EffectiveUserId}:{Posix.EffectiveUserId}::/:/bin/sh\nalien:x:4711:4711::/:/bin/sh\n");
        directory.Write("etc/group", $"root:x:0:\n{Environment.UserName}:x:{Posix.EffectiveUserId}:\nalien:x:4711:\n");
    }

    public HostLayout Layout => new(directory.Path);

    public List<HostEvent> Events { get; } = [];

    public string Deployment { get; init; } = "test";

    /// <summary>An absolute path inside the host.</summary>
    public string this[string path] => directory[path];

    public string Write(string path, string content) => directory.Write(path, content);

    /// <summary>A file resource that the user of this test may make.</summary>
    public FileResource File(string path, string content) => new()
    {
        Path = this[path],
        Content = content,
        Owner = Environment.UserName,
        Group = Environment.UserName,
    };

    public DirectoryResource Directory(string path) => new()
    {
        Path = this[path],
        Owner = Environment.UserName,
        Group = Environment.UserName,
    };

    public Task<RunReport> CheckAsync(params Resource[] resources) => Runner().CheckAsync(PlanOf(resources), Progress(), default);

    public Task<RunReport> DeployAsync(params Resource[] resources) => Runner().DeployAsync(PlanOf(resources), Progress(), default);

    public Task<RunReport> RemoveAsync() => Runner().RemoveAsync(Deployment, ["here"], purgePackages: false, Progress(), default);

    public HostRunner Runner() => new(new RunnerOptions { Kinds = TestHost.Kinds }, _ => Layout);

    /// <summary>Services in the stage that starts them, all else in the one that configures.</summary>
    public Plan PlanOf(params Resource[] resources) => new()
    {
        Deployment = Deployment,
        Hosts =
        [
            new HostPlan
            {
                Host = "here",
                Stages =
                [
                    .. resources.GroupBy(r => r is ServiceResource ? Stage.Start : r is IBrokerEntity ? Stage.Provision : Stage.Configure)
                        .OrderBy(g => g.Key)
                        .Select(g => new StagePlan(g.Key, [.. g])),
                ],
            },
        ],
    };

    public void Dispose() => directory.Dispose();

    private Recorder Progress() => new(Events);
}
