using System.Collections.Immutable;
using System.CommandLine;
using Twinbus.Cli.Deploying;
using Twinbus.Cli.Failures;
using Twinbus.Cli.Invocation;
using Twinbus.Cli.Rendering;
using Twinbus.Cli.Rendering.Progress;
using Twinbus.Deployment.Planning;
using Twinbus.Deployment.State;
using Twinbus.Hosts.Running;

namespace Twinbus.Cli.Commands;

/// <summary>What <c>up</c> or <c>deploy</c> would change. Reads; writes nothing but what <c>--out</c> names, not even in the deployment directory.</summary>
internal sealed class PlanCommand : Verb
{
    private readonly Option<string?> output = new("--out")
    {
        Description = "Also write the plan to this file, without secrets: twinbus deploy FILE does exactly that, or refuses.",
        HelpName = "FILE",
    };

    private readonly TierOptions tier = new("None: those of the last deploy, else the default.");

    public PlanCommand()
        : base(
            "plan",
            "Say what up or deploy would change, and change nothing.",
            new Example("twinbus plan", "is everything as it should be?"),
            new Example("twinbus plan -e site.yaml --format json", "what this file would change, for a program"),
            new Example("twinbus plan -e site.yaml --out site.plan", "look now, deploy exactly that later: twinbus deploy site.plan"))
    {
        Add(output);
        tier.AddTo(this, reachesHosts: true);
        Notes = ["Exit codes: 0 nothing to change, 3 changes are pending, 1 failed, 2 bad input."];
    }

    public override async Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        TierPreparation preparation = new(run);
        GivenTier given = tier.Of(run);
        DeploymentSource source = await preparation.ReadSourceAsync(given, cancellationToken).ConfigureAwait(false);
        source.RequireDeployable();
        ImmutableArray<PlannedInput> inputs = await PlanFile.InputsAsync(source, cancellationToken).ConfigureAwait(false);
        TierPlanning planning = await preparation.BeginPlanningAsync(source, cancellationToken).ConfigureAwait(false);
        RunReport report;
        RunProgress progress = RunProgress.Talking(run);
        await using (progress.ConfigureAwait(false))
        {
            HostRunner runner = TierPreparation.Runner(source.Hosts, RunId.New(), preparation.Directory.Path, given.Reach);
            report = await runner.CheckAsync(planning.Factory(), progress, cancellationToken).ConfigureAwait(false);
        }

        NoticeText.Write(planning.Notices, run.Terminal);
        if (run.Format == OutputFormat.Json)
        {
            ReportJson.Write(run.Terminal, ChangeDocument.Of(report, planning.Prepared.Deployment), ReportJson.Default.ChangeDocument);
        }
        else
        {
            PlanText.Write(planning.Prepared.Deployment, report, run.Terminal);
        }

        if (run.Value(output) is { } file && report.Succeeded)
        {
            await WriteAsync(run, run.Surroundings.Absolute(file), planning.Prepared, given.Leaving, report, inputs, cancellationToken).ConfigureAwait(false);
        }

        return report switch
        {
            { Succeeded: false } => FailureText.WriteAll(report.Failures.Select(FailureSentences.Explain), run.Terminal),
            { Changes.IsEmpty: true } when planning.Prepared.Deployment.Departed.IsEmpty => ExitCode.Done,
            _ => ExitCode.ChangesPending,
        };
    }

    private static Task WriteAsync(CommandRun run, string file, PreparedDeployment prepared, LeavingHosts leaving, RunReport report, ImmutableArray<PlannedInput> inputs, CancellationToken cancellationToken) => new PlanFile
    {
        Version = Application.Version,
        Made = run.Surroundings.Clock.GetUtcNow(),
        DeploymentDirectory = run.DeploymentDirectory,
        Inputs = inputs,
        Deployment = prepared.Deployment,
        StartEmpty = leaving.StartEmpty,
        Forgotten = leaving.Forgotten,
        Changes = report.Changes,
        Fingerprints = report.Fingerprints.ToImmutableSortedDictionary(StringComparer.Ordinal),
    }.WriteAsync(file, cancellationToken);
}
