using System.Text.Json.Nodes;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.RabbitMq;

namespace Twinbus.EndToEnd.Tests.Backends;

/// <summary>RabbitMQ, once for each service.</summary>
public sealed class RabbitMqUnderTest : BackendUnderTest
{
    public override IReadOnlyList<string> Services { get; } = ["rpc", "notify"];

    public override IReadOnlyList<string> Environments { get; } = ["messaging/messaging-dual-rabbitmq.yaml"];

    public override DriverRegistry Drivers { get; } = DriverRegistry.Of(new RabbitMqDriver());

    public override IReadOnlyList<Drift> Drifts { get; } =
    [
        new("a user is deleted", d => ControlAsync(d, "rpc", "delete_user rpc"), "create rabbitmq-user @-rpc:rpc", "create rabbitmq-permissions @-rpc:rpc"),
        new("guest is added", d => ControlAsync(d, "notify", "add_user guest guest"), "remove rabbitmq-user @-notify:guest"),
        new("a permission is widened", d => ControlAsync(d, "notify", "set_permissions notify '.*' '.*' '.*'"), "change rabbitmq-permissions @-notify:notify"),
        new("a file is edited", d => OnLastAsync(d, $"echo 'heartbeat = 7' >> /etc/twinbus/{d.Name}-rpc/rabbitmq.conf"), "change file /etc/twinbus/@-rpc/rabbitmq.conf"),
        new("a secret can be read", d => OnLastAsync(d, $"chmod o+r /etc/twinbus/{d.Name}-rpc/definitions.json"), "change file /etc/twinbus/@-rpc/definitions.json"),
    ];

    /// <summary>Runs rabbitmqctl on the first host's node of a service.</summary>
    public static async Task ControlAsync(Installation installation, string service, string arguments)
    {
        JsonNode paths = await installation.PathsAsync(service);
        await installation.Site.InsideAsync(
            installation.Site.Hosts[0],
            $"cd / && setpriv --reuid={paths["unit"]} --regid={paths["unit"]} --init-groups env HOME={paths["data"]} "
            + $"RABBITMQ_CONF_ENV_FILE={paths["config"]}/rabbitmq-env.conf /usr/lib/rabbitmq/bin/rabbitmqctl -q {arguments}");
    }

    private static Task<string> OnLastAsync(Installation installation, string script) => installation.Site.InsideAsync(installation.Site.Hosts[^1], script);
}

/// <summary>The claims on RabbitMQ, on this machine.</summary>
[Trait("Needs", "Full")]
[Trait("Needs", "Root")]
[Trait("Needs", "Broker")]
public sealed class RabbitMqTests() : BackendClaims(new RabbitMqUnderTest(), new ThisMachine());
