using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Model;
using Twinbus.Hosts;
using Twinbus.Hosts.Running;
using Twinbus.Operations.Health;

namespace Twinbus.Cli.Rendering;

/// <summary>What <c>plan</c> prints with <c>--format json</c>.</summary>
/// <param name="Changed">How many resources would change.</param>
/// <param name="Resources">Those resources only.</param>
/// <param name="Failures">The hosts that could not be read.</param>
/// <param name="Leaving">Hosts that left the inventory: all that was made there would be removed.</param>
internal sealed record ChangeDocument(
    int Changed, ImmutableArray<ResourceChange> Resources, ImmutableArray<FailureDocument> Failures, ImmutableArray<string> Leaving)
{
    public static ChangeDocument Of(RunReport report, MessagingDeployment tier) => new(
        report.Changes.Length, report.Changes, [.. report.Failures.Select(FailureDocument.Of)], [.. tier.Departed.Select(host => host.Name)]);
}

/// <summary>The last line of <c>up</c>, <c>deploy</c> and <c>down</c> with <c>--format json</c>, after a line for each event.</summary>
/// <param name="Time">When the run ended.</param>
/// <param name="Event"><c>report</c>.</param>
/// <param name="Changed">How many resources changed.</param>
/// <param name="Resources">Those resources only.</param>
/// <param name="Failures">The hosts that failed.</param>
/// <param name="Health">The proof with real traffic; not there when the hosts did not come so far.</param>
internal sealed record ReportDocument(
    DateTimeOffset Time, string Event, int Changed, ImmutableArray<ResourceChange> Resources, ImmutableArray<FailureDocument> Failures, HealthReport? Health)
{
    public static ReportDocument Of(RunReport report, HealthReport? proof, TimeProvider clock) =>
        new(clock.GetUtcNow(), "report", report.Changes.Length, report.Changes, [.. report.Failures.Select(FailureDocument.Of)], proof);
}

/// <summary>What went wrong on a host.</summary>
/// <param name="Host">The host's inventory name.</param>
/// <param name="Reason">The class of the failure, such as <c>unreachable</c>, <c>host-key</c> or <c>disk-full</c>.</param>
/// <param name="Kind">The kind of the resource at hand, if it was about one.</param>
/// <param name="Name">That resource's name.</param>
/// <param name="What">One sentence: what did not work.</param>
/// <param name="Why">The cause as far as it is known.</param>
/// <param name="Next">What to do next.</param>
internal sealed record FailureDocument(string? Host, string Reason, string? Kind, string? Name, string What, string Why, string Next)
{
    public static FailureDocument Of(HostFailure failure) => new(
        failure.Host, JsonNamingPolicy.KebabCaseLower.ConvertName(failure.Reason.ToString()), failure.Kind, failure.Name, failure.What, failure.Why, failure.Next);
}

/// <summary>Every JSON document that the command line prints, generated ahead: no reflection at start.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ChangeDocument))]
[JsonSerializable(typeof(ReportDocument))]
[JsonSerializable(typeof(EventDocument))]
[JsonSerializable(typeof(ValidationDocument))]
[JsonSerializable(typeof(HealthReport))]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(Dictionary<string, PathsDocument>))]
[JsonSerializable(typeof(ImmutableArray<BackendCapabilities>))]
[JsonSerializable(typeof(ImmutableArray<ResolvedParameter>))]
internal sealed partial class ReportJson : JsonSerializerContext
{
    /// <summary>Prints one document and ends the line.</summary>
    public static void Write<T>(Terminal terminal, T document, JsonTypeInfo<T> type) =>
        terminal.Output.WriteLine(JsonSerializer.Serialize(document, type));

    /// <summary>Prints one document of a stream: one line, and nothing that is not there.</summary>
    public static void WriteLine(Terminal terminal, ReportDocument document) => terminal.Output.WriteLine(JsonSerializer.Serialize(document, Lines.ReportDocument));

    /// <inheritdoc cref="WriteLine(Terminal, ReportDocument)"/>
    public static void WriteLine(Terminal terminal, EventDocument document) => terminal.Output.WriteLine(JsonSerializer.Serialize(document, Lines.EventDocument));

    private static ReportJson Lines => lines ??= new ReportJson(
        new JsonSerializerOptions(Default.Options) { WriteIndented = false, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull });

    private static ReportJson? lines;
}
