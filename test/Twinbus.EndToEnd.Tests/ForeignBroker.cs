using System.Net.NetworkInformation;
using Twinbus.Testing;
using Twinbus.Testing.RabbitMq;

namespace Twinbus.EndToEnd.Tests;

/// <summary>
/// Somebody else's RabbitMQ: default node name, default ports, default epmd, its guest user; only its directories are
/// temporary. It is on the machine before us and must not notice us.
/// </summary>
internal sealed class ForeignBroker : IAsyncDisposable
{
    public const int Port = 5672;

    /// <summary>As its own clients know it.</summary>
    public const string Url = "rabbit://guest:guest@127.0.0.1:5672/";

    private const int EpmdPort = 4369;

    private readonly TemporaryDirectory directory = new();
    private GuardedProcess? epmd;
    private GuardedProcess? broker;

    private ForeignBroker()
    {
    }

    public RunningProcess Process => ProcessTable.Find(broker!.Id) ?? throw new InvalidOperationException("The foreign broker is gone.");

    public static async Task<ForeignBroker> StartAsync()
    {
        Assert.False(Listens(Port), $"Something listens on port {Port} already, so this test cannot put a foreign broker there.");
        ForeignBroker foreign = new();
        Dictionary<string, string> environment = foreign.Variables();
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        if (!Listens(EpmdPort))
        {
            foreign.epmd = await GuardedProcess.StartAsync(["epmd"], environment, foreign.directory["epmd.log"], cancellationToken);
        }

        using ReadinessSocket readiness = new(environment["NOTIFY_SOCKET"]);
        foreign.broker = await GuardedProcess.StartAsync(["/usr/lib/rabbitmq/bin/rabbitmq-server"], environment, foreign.directory["output.log"], cancellationToken);
        await readiness.WaitUntilReadyAsync(cancellationToken);
        return foreign;
    }

    public async ValueTask DisposeAsync()
    {
        if (broker is not null)
        {
            await broker.DisposeAsync();
        }

        if (epmd is not null)
        {
            await epmd.DisposeAsync();
        }

        directory.Dispose();
    }

    private static bool Listens(int port) =>
        IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Any(listener => listener.Port == port);

    private Dictionary<string, string> Variables() => new()
    {
        ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin",
        ["LANG"] = "C.UTF-8",
        ["HOME"] = directory.Path,
        ["RABBITMQ_CONF_ENV_FILE"] = directory["none.conf"],
        ["RABBITMQ_CONFIG_FILE"] = directory["rabbitmq.conf"],
        ["RABBITMQ_ENABLED_PLUGINS_FILE"] = directory["enabled_plugins"],
        ["RABBITMQ_GENERATED_CONFIG_DIR"] = directory["generated"],
        ["RABBITMQ_SCHEMA_DIR"] = directory["schema"],
        ["RABBITMQ_MNESIA_BASE"] = directory["data"],
        ["RABBITMQ_LOG_BASE"] = directory["log"],
        ["RABBITMQ_PLUGINS_EXPAND_DIR"] = directory["plugins"],
        ["RABBITMQ_PID_FILE"] = directory["pid"],
        ["NOTIFY_SOCKET"] = directory["ready"],
    };
}
