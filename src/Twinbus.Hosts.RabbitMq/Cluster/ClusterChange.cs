using System.Text.RegularExpressions;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.RabbitMq.Management;

namespace Twinbus.Hosts.RabbitMq.Cluster;

/// <summary>The steps by which a node's cluster becomes what the plan says. Each looks again before it acts.</summary>
internal sealed class ClusterChange(RabbitMqClusterResource resource, ConvergenceContext context)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // Well below the kernel's limit for one argument.
    private const int LongestPattern = 32 * 1024;

    // RabbitMQ reads it each time that it loses another node.
    private const string PartitionHandling = "rabbit, cluster_partition_handling";

    private readonly RabbitMqNode node = resource.Management.Node!;

    private IReadOnlyList<string> Wanted => resource.Membership.Members;

    /// <summary>Brings this node into the first member's cluster when it is in another one. It has nothing that it could lose.</summary>
    public async Task JoinAsync(CancellationToken cancellationToken)
    {
        var view = await LookAsync(cancellationToken).ConfigureAwait(false);
        if (!view.Strays)
        {
            return;
        }

        view.ThrowIfRefused();
        context.Progress(resource, $"joining {Wanted[0]}");
        await ControlAsync(cancellationToken, "stop_app").ConfigureAwait(false);
        try
        {
            await ControlAsync(cancellationToken, "reset").ConfigureAwait(false);
            await ControlAsync(cancellationToken, "join_cluster", Wanted[0]).ConfigureAwait(false);
        }
        finally
        {
            await ControlAsync(cancellationToken, "start_app").ConfigureAwait(false);
        }

        await AwaitAsync(v => v.Strays ? $"{node.NodeName} is not a member yet" : null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until every member that belongs here runs.</summary>
    public Task AwaitMembersAsync(CancellationToken cancellationToken) => resource.Provisions
        ? AwaitAsync(v => v.Down is [var first, ..] ? $"{first} does not run" : null, cancellationToken)
        : Task.CompletedTask;

    /// <summary>
    /// Lets go of the members that left the plan, one after the other: its queues get replicas on those that stay, its
    /// clients are sent away, and only then does it stop and is it forgotten.
    /// </summary>
    public async Task RemoveLeavingAsync(CancellationToken cancellationToken)
    {
        var view = await LookAsync(cancellationToken).ConfigureAwait(false);
        foreach (var leaving in view.Leaving)
        {
            foreach (var member in Wanted.Where(view.Quorum.Running.Contains))
            {
                await GrowAsync(member, cancellationToken).ConfigureAwait(false);
            }

            view = await LookAsync(cancellationToken).ConfigureAwait(false);
            view.ThrowIfRefused();
            if (view.Quorum.Running.Contains(leaving))
            {
                context.Progress(resource, $"draining {leaving}");
                await CallAsync(leaving, "rabbit_maintenance:drain", cancellationToken).ConfigureAwait(false);
                await RunAsync(Tool("rabbitmq-queues"), cancellationToken, "shrink", leaving).ConfigureAwait(false);
                await CallAsync(leaving, "rabbit:stop", cancellationToken).ConfigureAwait(false);
            }

            context.Progress(resource, $"letting go of {leaving}");
            await ControlAsync(cancellationToken, "forget_cluster_node", leaving).ConfigureAwait(false);
            view = await LookAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Lets go of members that left the plan and do not run. There is nothing to drain, and nothing to take away from them.</summary>
    public async Task ForgetDeadAsync(CancellationToken cancellationToken)
    {
        if (await FindAsync(cancellationToken).ConfigureAwait(false) is not { } view)
        {
            return;
        }

        foreach (var dead in view.Leaving.Where(member => !view.Quorum.Running.Contains(member)))
        {
            view.ThrowIfRefused();
            context.Progress(resource, $"letting go of {dead}");
            await ControlAsync(cancellationToken, "forget_cluster_node", dead).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// In a cluster of two the loss of one is the loss of the majority: the other is told not to stop for it, until it is
    /// restarted itself. Says whether it would have.
    /// </summary>
    public async Task<bool> KeepTheOtherOfTwoRunningAsync(CancellationToken cancellationToken) =>
        await FindAsync(cancellationToken).ConfigureAwait(false) is { Members.Count: 2 }
        && await EvaluateAsync(
            $"case application:get_env({PartitionHandling}) of {{ok, pause_minority}} -> {SetOnAll("autoheal")}, changed; _ -> kept end.", cancellationToken)
            .ConfigureAwait(false) == "changed";

    /// <summary>Takes that back.</summary>
    public async Task PauseMinoritiesAsync(CancellationToken cancellationToken) =>
        await EvaluateAsync($"{SetOnAll("pause_minority")}, ok.", cancellationToken).ConfigureAwait(false);

    /// <summary>Puts replicas on <paramref name="member"/> of the quorum queues that have too few.</summary>
    public async Task GrowAsync(string member, CancellationToken cancellationToken)
    {
        var view = await LookAsync(cancellationToken).ConfigureAwait(false);
        foreach (var host in view.Lacking(member).GroupBy(q => q.Vhost))
        {
            foreach (var pattern in Patterns(host.Select(q => q.Name)))
            {
                context.Progress(resource, $"adding replicas on {member}");
                await RunAsync(
                    Tool("rabbitmq-queues"), cancellationToken,
                    "grow", member, "all", "--vhost-pattern", $"^{Escaped(host.Key)}$", "--queue-pattern", pattern).ConfigureAwait(false);
            }
        }

        // The figures of the management API are some seconds old.
        await AwaitAsync(
            v => v.Lacking(member) is [var first, ..] ? $"queue {first} has no replica on {member}" : null, cancellationToken).ConfigureAwait(false);
    }

    private static string SetOnAll(string handling) =>
        $"_ = rpc:multicall([node() | nodes()], application, set_env, [{PartitionHandling}, {handling}])";

    private async Task<string> EvaluateAsync(string expression, CancellationToken cancellationToken)
    {
        var result = await RabbitMqCommandLine.Of(node, ["eval", expression]).RunAsync(cancellationToken).ConfigureAwait(false);
        return result.ExitCode == 0 ? result.Output.Trim() : throw Failure($"rabbitmqctl eval: {result.Tail(5)}");
    }

    // Through this host's node, which is connected to the other one: the host has forgotten the other's address by now.
    private async Task CallAsync(string other, string function, CancellationToken cancellationToken)
    {
        var parts = function.Split(':');
        var result = await RabbitMqCommandLine.Of(node, ["eval", $"rpc:call('{other}', {parts[0]}, {parts[1]}, [])."]).RunAsync(cancellationToken)
            .ConfigureAwait(false);
        if (result.ExitCode != 0 || result.Output.Trim() != "ok")
        {
            throw Failure($"{function} on {other}: {result.Tail(5)}");
        }
    }

    private RabbitMqNode Tool(string name) => node with { Command = Path.Combine(Path.GetDirectoryName(node.Command)!, name) };

    private Task ControlAsync(CancellationToken cancellationToken, params string[] arguments) => RunAsync(node, cancellationToken, arguments);

    private async Task RunAsync(RabbitMqNode tool, CancellationToken cancellationToken, params string[] arguments)
    {
        var result = await RabbitMqCommandLine.Of(tool, arguments).RunAsync(cancellationToken).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            throw Failure($"{Path.GetFileName(tool.Command)} {string.Join(' ', arguments)}: {result.Tail(5)}");
        }
    }

    private async Task<ClusterView> LookAsync(CancellationToken cancellationToken)
    {
        await ManagementApis.Of(context).Of(resource.Management).OpenAsync(cancellationToken).ConfigureAwait(false);
        return await FindAsync(cancellationToken).ConfigureAwait(false) ?? throw Failure("Its management API stopped to answer.");
    }

    private ValueTask<ClusterView?> FindAsync(CancellationToken cancellationToken) =>
        ClusterView.FindAsync(resource, ManagementApis.Of(context).Of(resource.Management), cancellationToken);

    private async Task AwaitAsync(Func<ClusterView, string?> objection, CancellationToken cancellationToken)
    {
        var start = context.Clock.GetTimestamp();
        while (objection(await LookAsync(cancellationToken).ConfigureAwait(false)) is { } why)
        {
            var waited = context.Clock.GetElapsedTime(start);
            if (waited > Timeout)
            {
                throw Failure($"{why}, and has not for {Timeout.TotalSeconds:0} s.");
            }

            context.Progress(resource, $"waiting: {why}, {waited.TotalSeconds:0} s");
            await Task.Delay(Pause, context.Clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private static IEnumerable<string> Patterns(IEnumerable<string> names)
    {
        var chosen = new List<string>();
        var length = 0;
        foreach (var name in names.Select(Escaped))
        {
            if (length + name.Length > LongestPattern)
            {
                yield return $"^({string.Join('|', chosen)})$";
                (chosen, length) = ([], 0);
            }

            chosen.Add(name);
            length += name.Length + 1;
        }

        yield return $"^({string.Join('|', chosen)})$";
    }

    private static string Escaped(string text) => Regex.Replace(text, @"[^A-Za-z0-9_ ]", match => $@"\{match.Value}", RegexOptions.CultureInvariant);

    private HostException Failure(string why) => new(
        HostFailureReason.Broker,
        $"Cluster {resource.Management.Instance} could not be brought to what the plan says.",
        why,
        "Look at the log of the node named above, then run this again; what is done already stays.");
}
