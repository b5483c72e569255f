using System.CommandLine;
using Twinbus.Cli.Buses;
using Twinbus.Cli.Invocation;
using Twinbus.Deployment.Model;
using Twinbus.Messaging;
using Twinbus.Messaging.Rpc;

namespace Twinbus.Cli.Commands;

/// <summary>A server by hand, for trying a bus from the other end.</summary>
internal sealed class RpcServeCommand : LeafCommand
{
    private readonly BusOptions bus = new(MessagingKind.Rpc);
    private readonly Argument<string> topic = new("topic") { Description = "Topic to listen on." };

    private readonly Option<string> server = new("--server")
    {
        Description = "Name of this server, unique on the topic. Default: this machine's name.",
        HelpName = "NAME",
        DefaultValueFactory = _ => Environment.MachineName,
    };

    public RpcServeCommand()
        : base(
            "serve",
            "Answer calls on an RPC bus until interrupted: ping, echo(**arguments), sleep(seconds), fail(message).",
            new Example("twinbus rpc serve demo --server one", "on the RPC service of the deployment; try: twinbus rpc call demo ping"),
            new Example("twinbus rpc serve demo --server one --url-file nova.url", "on a bus that someone else runs"))
    {
        Add(topic);
        Add(server);
        bus.AddTo(this);
        Notes = ["A line on standard error says when it is ready. Exit codes: 0 interrupted, 1 the bus cannot be used, 2 bad input."];
    }

    public override async Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        Transport transport = await bus.OpenAsync(run, cancellationToken).ConfigureAwait(false);
        await using (transport.ConfigureAwait(false))
        {
            await transport.ConnectAsync(cancellationToken).ConfigureAwait(false);
            Target target = new() { Topic = run.Value(topic), Server = run.Value(server) };
            RpcServer serving = new(transport, target, [TrialEndpoint.Make(run.Environment.Clock)], new RpcServerOptions { StopTimeout = TimeSpan.FromSeconds(5) });
            await using (serving.ConfigureAwait(false))
            {
                await serving.StartAsync(cancellationToken).ConfigureAwait(false);
                run.Terminal.Error.WriteLine($"serving {target.Topic} on {string.Join(", ", transport.Url.Hosts.Select(host => host.Endpoint))} as {target.Server}; press Ctrl-C to stop");
                await Interruption.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        return ExitCode.Done;
    }
}
