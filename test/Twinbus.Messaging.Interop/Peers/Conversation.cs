using System.Text.Json.Nodes;

namespace Twinbus.Messaging.Interop.Peers;

/// <summary>One exchange between a client and a server (or a notifier and a listener), told to Python by its commands.</summary>
/// <param name="Name">Its golden files are <c>NAME.client.json</c> and <c>NAME.server.json</c>.</param>
/// <param name="Client">The command of the end that begins.</param>
/// <param name="Arguments">The command's arguments.</param>
/// <param name="Fails">Whether the command is to end in an exception.</param>
/// <param name="Server">The arguments of the end that answers: <c>serve</c> for RPC, <c>listen</c> for notifications.</param>
/// <param name="Options">Options of the rabbit driver, as the query of both transport URLs.</param>
internal sealed record Conversation(string Name, string Client, string Arguments, bool Fails = false, string Server = "{}", string Options = "")
{
    public bool IsRpc => Client is "call" or "cast";

    public static IReadOnlyList<Conversation> All { get; } =
    [
        new("rpc-call", "call", """{"method": "echo", "args": {"a": 1, "text": "caf\u00e9"}, "context": {"user": "u1", "roles": ["a", "b"]}, "timeout": 10}"""),
        new("rpc-call-namespace-version", "call", """{"method": "add", "args": {"left": 1, "right": 2}, "namespace": "arithmetic", "version": "1.2", "timeout": 10}"""),
        new("rpc-call-server", "call", """{"method": "server_name", "server": "golden-server", "timeout": 10}"""),
        new("rpc-call-void", "call", """{"method": "nothing", "timeout": 10}"""),
        new("rpc-call-values", "call", """{"method": "value", "args": {"name": "big"}, "timeout": 10}"""),
        new("rpc-call-monitored", "call", """{"method": "sleep", "args": {"seconds": 2.5}, "timeout": 10, "call_monitor_timeout": 2}"""),
        new("rpc-call-fails", "call", """{"method": "fail", "args": {"message": "bad value"}, "timeout": 10}""", Fails: true),
        new("rpc-call-fails-own", "call", """{"method": "fail_own", "args": {"resource": "cores"}, "timeout": 10}""", Fails: true),
        new("rpc-call-fails-expected", "call", """{"method": "fail_expected", "args": {"key": "k"}, "timeout": 10}""", Fails: true),
        new("rpc-call-no-such-method", "call", """{"method": "no_such_method", "timeout": 10}""", Fails: true),
        new("rpc-call-unsupported-version", "call", """{"method": "add", "namespace": "arithmetic", "version": "2.0", "timeout": 10}""", Fails: true),
        new("rpc-cast", "cast", """{"method": "record", "args": {"n": 1}, "context": {"user": "u1"}}"""),
        new("rpc-cast-server", "cast", """{"method": "record", "args": {"n": 1}, "server": "golden-server"}"""),
        new("rpc-fanout", "cast", """{"method": "record", "args": {"n": 1}, "fanout": true}"""),
        .. from driver in (string[])["messaging", "messagingv2"]
           from priority in (string[])["audit", "debug", "info", "warn", "error", "critical", "sample"]
           select Notification($"notify-{driver}-{priority}", driver, priority),
        Notification("notify-pool", "messagingv2", "info") with { Server = """{"pool": "golden-pool"}""" },
        .. from options in (string[])["amqp_durable_queues=true", "amqp_auto_delete=true", "rabbit_quorum_queue=true", "kombu_compression=gzip"]
           from conversation in (Conversation[])[Call($"rpc-{Word(options)}"), Notification($"notify-{Word(options)}", "messagingv2", "info")]
           select conversation with { Options = $"?{options}" },
        Call("rpc-prefetch") with { Options = "?rabbit_qos_prefetch_count=10" },
        Call("rpc-transient-ttl") with { Options = "?rabbit_transient_queues_ttl=60" },
    ];

    /// <summary>The client's command as it stands, for another bus and topic.</summary>
    public JsonObject ClientArguments(string url, string topic) => Complete(Arguments, url, topic);

    /// <summary>The server's command.</summary>
    public JsonObject ServerArguments(string url, string topic)
    {
        JsonObject arguments = Complete(Server, url, topic);
        arguments["name"] = Name;
        arguments["server"] = "golden-server";
        return arguments;
    }

    public override string ToString() => Name;

    private static string Word(string option) => option.Split('_', '=')[1];

    private static Conversation Call(string name) =>
        new(name, "call", """{"method": "echo", "args": {"a": 1}, "timeout": 10}""");

    private static JsonObject Complete(string arguments, string url, string topic)
    {
        JsonObject complete = JsonNode.Parse(arguments)!.AsObject();
        complete["url"] = url;
        complete["topic"] = topic;
        complete["topics"] = new JsonArray(topic);
        return complete;
    }

    private static Conversation Notification(string name, string driver, string priority) => new(name, "notify", $$"""
        {"driver": "{{driver}}", "priority": "{{priority}}", "publisher_id": "compute.host1", "event_type": "compute.create",
         "payload": {"id": 7, "text": "caf\u00e9", "nothing": null, "list": [1, 2.5]}, "context": {"user": "u1", "request_id": "req-1"} }
        """);
}
