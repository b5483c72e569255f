using System.Globalization;
using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.RabbitMq.Management;

/// <summary>A RabbitMQ node's command line. Each run starts an Erlang VM: the management API is the way where it has one.</summary>
internal static class RabbitMqCommandLine
{
    /// <summary>A command as the node's own user, since the cookie is that user's alone; a secret goes by <paramref name="input"/>.</summary>
    public static Command Of(RabbitMqNode node, IEnumerable<string> arguments, string input = "") => new(
        "/usr/bin/setpriv",
        [
            $"--reuid={node.SystemUser}", $"--regid={node.SystemUser}", "--init-groups", "--",
            node.Command, "--quiet", "--node", node.NodeName, .. arguments,
        ])
    {
        Input = input,
        Environment = new Dictionary<string, string>(node.Environment)
        {
            ["HOME"] = node.Home,
            ["ERL_EPMD_PORT"] = node.EpmdPort.ToString(CultureInfo.InvariantCulture),
        },
    };
}
