using System.Collections.Immutable;
using System.CommandLine;
using Twinbus.Cli.Failures;
using Twinbus.Cli.Invocation;
using Twinbus.Cli.Output;
using Twinbus.Deployment.Backends;
using Twinbus.Messaging;
using Twinbus.Operations.Documents;

namespace Twinbus.Cli.Commands;

/// <summary>What each backend does and does not, side by side.</summary>
internal sealed class ExplainCommand : LeafCommand
{
    private const int LabelWidth = 16;
    private const int NarrowestColumn = 24;

    private readonly Argument<string[]> backends = new("backend")
    {
        Description = "Backends to compare. Default: all.",
        HelpName = "BACKEND",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public ExplainCommand()
        : base(
            "explain",
            "Compare what the backends can and cannot do: storage, order, what happens when nobody listens, ports, logs.",
            new Example("twinbus explain", "all of them"),
            new Example("twinbus explain rabbitmq kafka", "only these two"))
        => Add(backends);

    public override Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        ImmutableArray<BackendCapabilities> chosen = Chosen(run.Value(backends)!);
        if (run.Format == OutputFormat.Json)
        {
            run.Write(new BackendsDocument { Backends = chosen });
            return Task.FromResult(ExitCode.Done);
        }

        // As many columns as the terminal has room for; the rest goes below.
        int perRow = Math.Max(1, (run.Terminal.Width - LabelWidth) / (NarrowestColumn + 2));
        foreach (BackendCapabilities[] row in chosen.Chunk(perRow))
        {
            WriteTable(row, run.Terminal);
        }

        return Task.FromResult(ExitCode.Done);
    }

    private static ImmutableArray<BackendCapabilities> Chosen(string[] names)
    {
        foreach (string name in names.Where(name => BackendCatalogue.All.All(backend => backend.Name != name)))
        {
            string[] known = [.. BackendCatalogue.All.Select(backend => backend.Name)];
            throw new UsageException($"There is no backend '{name}'.", WordSuggestion.Suggest(name, known, $"choose one of {string.Join(", ", known)}"));
        }

        return names.Length == 0 ? BackendCatalogue.All : [.. BackendCatalogue.All.Where(backend => names.Contains(backend.Name))];
    }

    private static void WriteTable(BackendCapabilities[] backends, Terminal terminal)
    {
        int width = Math.Max(NarrowestColumn, ((terminal.Width - LabelWidth) / backends.Length) - 2);
        foreach ((string label, string[] cells) in Rows(backends))
        {
            string[][] lines = [.. cells.Select(cell => TextLines.Wrap(cell, width).ToArray())];
            for (int line = 0; line < lines.Max(cell => cell.Length); line++)
            {
                string text = string.Join("  ", lines.Select(cell => (line < cell.Length ? cell[line] : "").PadRight(width))).TrimEnd();
                terminal.Output.WriteLine($"{(line == 0 ? label : "").PadRight(LabelWidth)}{text}".TrimEnd());
            }
        }

        terminal.Output.WriteLine();
    }

    private static IEnumerable<(string Label, string[] Cells)> Rows(BackendCapabilities[] backends)
    {
        string[] Each(Func<BackendCapabilities, string> cell) => [.. backends.Select(cell)];
        yield return ("", Each(backend => backend.Name));
        yield return ("kind", Each(backend => backend.Character.Kind));
        yield return ("rpc", Each(backend => backend.RpcUnsupportedReason is { } reason ? $"no: {reason}" : "yes"));
        yield return ("notifications", Each(Notifications));
        yield return ("driver", Each(backend => backend.Transport.Length == 0 ? "whatever the transport URL names" : backend.Transport));
        yield return ("storage", Each(backend => backend.Character.Storage));
        yield return ("order", Each(backend => backend.Character.Ordering));
        yield return ("fanout", Each(backend => backend.Character.Fanout));
        yield return ("nobody listens", Each(backend => backend.Character.DeadListener));
        yield return ("virtual hosts", Each(backend => backend.HasVirtualHosts ? "yes" : $"no: {backend.VirtualHostsUnsupportedReason}"));
        yield return ("login", Each(backend => backend.Authenticates ? "yes" : "none: anyone who can reach it can use it"));
        yield return ("TLS", Each(backend => backend.SpeaksTls ? "yes" : "no"));
        yield return ("losing a host", Each(backend => backend.Character.Availability));
        yield return ("ports", Each(backend => backend.Character.Ports));
        yield return ("logs", Each(backend => backend.Character.Logs));
        yield return ("monitoring", Each(backend => backend.Character.Monitoring));
        yield return ("twinbus", Each(Deployed));
    }

    private static string Notifications(BackendCapabilities backend) => backend switch
    {
        { NotifyUnsupportedReason: { } reason } => $"no: {reason}",
        { NotifyWarning: { } warning } => $"yes, but {warning}",
        _ => "yes",
    };

    private static string Deployed(BackendCapabilities backend) => backend switch
    {
        { NotYetDeployedReason: { } reason } => $"cannot deploy it yet: {reason}",
        { IsDeployed: true } => "deploys it",
        _ => "deploys nothing for it",
    };
}
