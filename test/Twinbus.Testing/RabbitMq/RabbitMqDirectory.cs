using System.Globalization;
using System.Security.Cryptography;

namespace Twinbus.Testing.RabbitMq;

/// <summary>Everything one test broker reads and writes: its files and the environment that points it at them.</summary>
internal sealed class RabbitMqDirectory : IDisposable
{
    private const string Scripts = "/usr/lib/rabbitmq/bin";
    private readonly TemporaryDirectory directory = new();
    private readonly int epmdPort = FreePort.Next();

    public RabbitMqDirectory(RabbitMqSettings settings)
    {
        foreach (string name in (string[])["home", "data", "log", "generated", "schema", "plugins"])
        {
            Directory.CreateDirectory(directory[name]);
        }

        string cookie = directory.Write("home/.erlang.cookie", RandomNumberGenerator.GetHexString(40));
        File.SetUnixFileMode(cookie, UnixFileMode.UserRead);
        directory.Write("enabled_plugins", "[rabbitmq_management].\n");
        directory.Write("rabbitmq-env.conf", "");
        directory.Write("rabbitmq.conf", $"""
            listeners.tcp.local = 127.0.0.1:{AmqpPort}
            management.tcp.ip = 127.0.0.1
            management.tcp.port = {ManagementPort}
            default_user = {AdministratorName}
            default_pass = {AdministratorPassword}
            log.file.level = info
            disk_free_limit.absolute = 50MB
            {settings.Configuration}

            """);
        Dictionary<string, string> environment = CreateEnvironment();
        foreach ((string name, string value) in settings.Environment)
        {
            environment[name] = value;
        }

        Environment = environment;
    }

    public int AmqpPort { get; } = FreePort.Next();

    public int ManagementPort { get; } = FreePort.Next();

    public string NodeName => $"test-{AmqpPort}@localhost";

    public string Home => directory["home"];

    public string AdministratorName { get; } = "test-administrator";

    public string AdministratorPassword { get; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    public IReadOnlyDictionary<string, string> Environment { get; }

    public string ReadinessSocketPath => directory["ready"];

    public string OutputFile => directory["log", "output.log"];

    public int EpmdPort => epmdPort;

    public string LogFile => directory["log", "broker.log"];

    public static IReadOnlyList<string> ServerCommand => [$"{Scripts}/rabbitmq-server"];

    public IReadOnlyList<string> EpmdCommand =>
        ["epmd", "-port", epmdPort.ToString(CultureInfo.InvariantCulture), "-address", "127.0.0.1"];

    public static IReadOnlyList<string> ControlCommand(IEnumerable<string> arguments) =>
        [$"{Scripts}/rabbitmqctl", "--quiet", .. arguments];

    public static bool IsInstalled => File.Exists($"{Scripts}/rabbitmq-server");

    /// <summary>The end of what the broker wrote, for the error that says it did not start.</summary>
    public string LogTail()
    {
        IEnumerable<string> lines = new[] { OutputFile, LogFile }.Where(File.Exists).SelectMany(File.ReadLines);
        return string.Join('\n', lines.TakeLast(40));
    }

    public void Dispose() => directory.Dispose();

    private Dictionary<string, string> CreateEnvironment() => new()
    {
        ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin",
        ["LANG"] = "C.UTF-8",
        ["HOME"] = directory["home"],
        ["ERL_EPMD_PORT"] = epmdPort.ToString(CultureInfo.InvariantCulture),
        ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        // Also for the virtual machines that the scripts start on the side: none of them may bring up an epmd that outlives us.
        ["ERL_FLAGS"] = "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}",
        ["RABBITMQ_NODENAME"] = NodeName,
        ["RABBITMQ_DIST_PORT"] = FreePort.Next().ToString(CultureInfo.InvariantCulture),
        ["RABBITMQ_CTL_DIST_PORT_MIN"] = "0",
        ["RABBITMQ_CTL_DIST_PORT_MAX"] = "0",
        ["RABBITMQ_CONF_ENV_FILE"] = directory["rabbitmq-env.conf"],
        ["RABBITMQ_CONFIG_FILE"] = directory["rabbitmq.conf"],
        ["RABBITMQ_ADVANCED_CONFIG_FILE"] = directory["advanced.config"],
        ["RABBITMQ_GENERATED_CONFIG_DIR"] = directory["generated"],
        ["RABBITMQ_SCHEMA_DIR"] = directory["schema"],
        ["RABBITMQ_MNESIA_BASE"] = directory["data"],
        ["RABBITMQ_LOG_BASE"] = directory["log"],
        ["RABBITMQ_LOGS"] = LogFile,
        ["RABBITMQ_ENABLED_PLUGINS_FILE"] = directory["enabled_plugins"],
        ["RABBITMQ_PLUGINS_EXPAND_DIR"] = directory["plugins"],
        ["RABBITMQ_PID_FILE"] = directory["pid"],
        ["NOTIFY_SOCKET"] = ReadinessSocketPath,
    };
}
