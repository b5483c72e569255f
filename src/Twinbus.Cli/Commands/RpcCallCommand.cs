using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Twinbus.Cli.Buses;
using Twinbus.Cli.Failures;
using Twinbus.Cli.Invocation;
using Twinbus.Cli.Rendering;
using Twinbus.Deployment.Model;
using Twinbus.Messaging;
using Twinbus.Messaging.Rpc;

namespace Twinbus.Cli.Commands;

/// <summary>One call or cast by hand.</summary>
internal sealed class RpcCallCommand : LeafCommand
{
    private readonly BusOptions bus = new(MessagingKind.Rpc);
    private readonly Argument<string> topic = new("topic") { Description = "Topic that the servers listen on." };
    private readonly Argument<string> method = new("method") { Description = "Method to call." };

    private readonly Argument<string[]> arguments = new("arguments")
    {
        HelpName = "KEY=VALUE",
        Description = "Arguments of the method; a value that is valid JSON is JSON, anything else is text.",
        Arity = ArgumentArity.ZeroOrMore,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> server = new("--server") { Description = "Call only this server of the topic.", HelpName = "NAME" };
    private readonly Option<bool> cast = new("--cast") { Description = "Send without waiting for a reply." };
    private readonly Option<bool> fanout = new("--fanout") { Description = "Send to every server of the topic, without waiting for replies." };
    private readonly Option<string?> ns = new("--namespace") { Description = "Namespace of the method.", HelpName = "NAME" };
    private readonly Option<string?> version = new("--api-version") { Description = "Version of the interface, such as 1.2.", HelpName = "VERSION" };
    private readonly Option<TimeSpan> timeout = NumberOptions.Seconds("--timeout", 60, "How long to wait for the reply.");

    public RpcCallCommand()
        : base(
            "call",
            "Call a method of an RPC server and print the reply as JSON.",
            new Example("twinbus rpc call demo ping", "on the RPC service of the deployment"),
            new Example("twinbus rpc call demo echo 'name=\"a\"' count=2 --server one", "with arguments, to one server"),
            new Example("twinbus rpc call scheduler_fanout refresh --fanout --url-file nova.url", "to every server of a topic, on a bus that someone else runs"))
    {
        Add(topic);
        Add(method);
        Add(arguments);
        foreach (Option option in new Option[] { server, cast, fanout, timeout, ns, version })
        {
            Add(option);
        }

        bus.AddTo(this);
        Notes = ["Exit codes: 0 answered (or sent), 1 no reply, or the server raised an exception, 2 bad input."];
    }

    public override async Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        if (run.Value(fanout) && run.Value(server) is not null)
        {
            throw new UsageException("--fanout and --server contradict each other: --fanout is for all servers, --server for one.");
        }

        JsonObject given = KeyValueArguments.Read(run.Value(arguments)!);
        Transport transport = await bus.OpenAsync(run, cancellationToken).ConfigureAwait(false);
        await using (transport.ConfigureAwait(false))
        {
            await transport.ConnectAsync(cancellationToken).ConfigureAwait(false);
            RpcClient client = new(transport, Target(run), new RpcClientOptions { Timeout = run.Value(timeout), Mandatory = !run.Value(fanout) });
            if (run.Value(cast) || run.Value(fanout))
            {
                await client.CastAsync(MessageContext.Empty, run.Value(method)!, given, cancellationToken).ConfigureAwait(false);
                run.Terminal.Error.WriteLine("sent");
                return ExitCode.Done;
            }

            JsonElement reply = await client.CallAsync(MessageContext.Empty, run.Value(method)!, given, cancellationToken).ConfigureAwait(false);
            run.Terminal.Output.WriteLine(MessageJson.Line(JsonMarshal.GetRawUtf8Value(reply)));
            return ExitCode.Done;
        }
    }

    private Target Target(CommandRun run) => new()
    {
        Topic = run.Value(topic),
        Server = run.Value(server),
        Fanout = run.Value(fanout),
        Namespace = run.Value(ns),
        Version = run.Value(version),
    };
}
