using System.Text;
using Twinbus.Deployment.Model;

namespace Twinbus.Deployment.Backends.RabbitMq;

/// <summary>The texts of a RabbitMQ node's configuration files.</summary>
internal sealed class RabbitMqConfiguration(BrokerInstance instance, BrokerNode node, RabbitMqMembers members, RabbitMqTls? tls)
{
    public const string Mark = "Written by twinbus; what is changed here by hand is put back by the next deploy.";

    /// <summary>rabbitmq-env.conf: what the node and its command line must know before they read anything else.</summary>
    public string Environment()
    {
        InstancePaths paths = instance.Paths;
        StringBuilder text = new();
        text.Append($"# {Mark}\n");
        text.Append($"# By hand: sudo -u {paths.SystemUser} env HOME={paths.Data} RABBITMQ_CONF_ENV_FILE={RabbitMqFiles.Environment(paths)} {new RabbitMqServer(instance.Software).Control} status\n");
        text.Append($"NODENAME={node.NodeName}\n");
        text.Append($"USE_LONGNAME={(UsesLongNames ? "true" : "false")}\n");
        text.Append($"RABBITMQ_CONFIG_FILE={RabbitMqFiles.Configuration(paths)}\n");
        if (members.HaveNames)
        {
            text.Append($"RABBITMQ_CONFIG_FILES={RabbitMqFiles.MoreConfiguration(paths)}\n");
            text.Append($"export ERL_INETRC={RabbitMqFiles.Resolver(paths)}\n");
        }

        text.Append($"RABBITMQ_ADVANCED_CONFIG_FILE={RabbitMqFiles.Advanced(paths)}\n");
        text.Append($"RABBITMQ_ENABLED_PLUGINS_FILE={RabbitMqFiles.Plugins(paths)}\n");
        text.Append($"MNESIA_BASE={paths.Data}/mnesia\n");
        text.Append($"RABBITMQ_LOG_BASE={paths.Log}\n");
        text.Append($"RABBITMQ_DIST_PORT={instance.Ports[RabbitMqPorts.Distribution]}\n");
        text.Append($"CTL_DIST_PORT_MIN={instance.Ports[RabbitMqPorts.CommandLineFirst]}\n");
        text.Append($"CTL_DIST_PORT_MAX={instance.Ports[RabbitMqPorts.CommandLineLast]}\n");
        text.Append($"ERL_EPMD_PORT={instance.Ports[RabbitMqPorts.Epmd]}\n");
        if (members.Interface is { } address)
        {
            text.Append($"ERL_EPMD_ADDRESS={address}\n");
        }

        // Erlang takes IPv4 for granted, with and without TLS.
        string distribution = tls is { ErlangArguments: { Length: > 0 } own }
            ? $" {(members.UseIPv6 ? own.Replace("inet_tls", "inet6_tls", StringComparison.Ordinal) : own)}"
            : members.UseIPv6 ? " -proto_dist inet6_tcp" : "";
        text.Append($"SERVER_ADDITIONAL_ERL_ARGS=\"{parameters.AdditionalErlangArguments}{distribution}\"\n");
        text.Append($"CTL_ERL_ARGS=\"-kernel inet_dist_use_interface {members.ErlangInterface}{distribution}\"\n");
        return text.ToString();
    }

    /// <summary>rabbitmq.conf</summary>
    public string Configuration()
    {
        InstancePaths paths = instance.Paths;
        return $"""
            # {Mark}
            {Listeners()}
            tcp_listen_options.backlog = {parameters.TcpBacklog}
            tcp_listen_options.keepalive = true
            tcp_listen_options.nodelay = true
            auth_mechanisms.1 = PLAIN
            auth_mechanisms.2 = AMQPLAIN
            # Nobody logs in as guest: there is none, and its name is not excused either.
            loopback_users.guest = true
            load_definitions = {RabbitMqFiles.Definitions(paths)}
            management.tcp.ip = 127.0.0.1
            management.tcp.port = {instance.Ports[RabbitMqPorts.Management]}
            vm_memory_high_watermark.relative = {parameters.MemoryWatermark}
            disk_free_limit.absolute = {parameters.DiskFreeLimit}
            log.dir = {paths.Log}
            log.file = {RabbitMqFiles.LogName}
            log.file.level = {parameters.LogLevel}
            log.file.rotation.size = {parameters.LogFileMegabytes * 1024 * 1024}
            log.file.rotation.count = {parameters.LogFiles}
            log.console = false
            {Cluster()}
            """;
    }

    /// <summary>advanced.config: the Erlang kernel's settings, which rabbitmq.conf has no words for.</summary>
    public string Advanced()
    {
        string kernel = $"{{kernel, [{{inet_dist_use_interface, {members.ErlangInterface}}}, {{net_ticktime, {parameters.NetTickSeconds}}}]}}";
        string replicas = members.HaveNames ? $", {{rabbit, [{{quorum_cluster_size, {parameters.QuorumReplicas}}}]}}" : "";
        return $"%% {Mark}\n[{kernel}{replicas}].\n";
    }

    /// <summary>enabled_plugins</summary>
    public static string Plugins() => "[rabbitmq_management].\n";

    private string Listeners()
    {
        // RabbitMQ takes what stands behind the last colon for the port, and an address in brackets for none.
        string endpoint = $"{node.ListenAddress}:{instance.Ports[PortPurpose.Client]}";
        return tls is null ? $"listeners.tcp.1 = {endpoint}" : tls.ConfigurationLines(endpoint).TrimEnd();
    }

    private string Cluster()
    {
        if (!members.HaveNames)
        {
            return "";
        }

        // Two nodes have no minority: with pause_minority the loss of one would stop both.
        string handling = instance.Nodes.Length == 2 && parameters.PartitionHandling == "pause_minority" ? "autoheal" : parameters.PartitionHandling;
        return $"""
            cluster_name = {instance.FullName}
            cluster_partition_handling = {handling}
            queue_leader_locator = balanced

            """;
    }

    private bool UsesLongNames => node.NodeName.Contains('.', StringComparison.Ordinal);

    private readonly RabbitMqParameters parameters = RabbitMqParameters.Of(instance);
}

/// <summary>Where a RabbitMQ instance's files are.</summary>
internal static class RabbitMqFiles
{
    public const string LogName = "broker.log";

    public static string Environment(InstancePaths paths) => $"{paths.Config}/rabbitmq-env.conf";

    public static string Configuration(InstancePaths paths) => $"{paths.Config}/rabbitmq.conf";

    public static string Advanced(InstancePaths paths) => $"{paths.Config}/advanced.config";

    public static string Plugins(InstancePaths paths) => $"{paths.Config}/enabled_plugins";

    public static string Definitions(InstancePaths paths) => $"{paths.Config}/definitions.json";

    /// <summary>Directory of configuration that a running node does not depend on, so that its change needs no restart.</summary>
    public static string MoreConfiguration(InstancePaths paths) => $"{paths.Config}/conf.d";

    public static string Peers(InstancePaths paths) => $"{MoreConfiguration(paths)}/members.conf";

    public static string Hosts(InstancePaths paths) => $"{paths.Config}/hosts";

    public static string Resolver(InstancePaths paths) => $"{paths.Config}/inetrc";

    public static string Cookie(InstancePaths paths) => $"{paths.Data}/.erlang.cookie";
}
