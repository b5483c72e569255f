using System.Text.Json;
using Twinbus.Hosts;

namespace Twinbus.Operations.Documents;

/// <summary>What went wrong on a host; part of other documents.</summary>
/// <param name="Host">The host's inventory name.</param>
/// <param name="Reason">The class of the failure, such as <c>unreachable</c>, <c>host-key</c> or <c>disk-full</c>.</param>
/// <param name="Kind">The kind of the resource at hand, if it was about one.</param>
/// <param name="Name">That resource's name.</param>
/// <param name="What">One sentence: what did not work.</param>
/// <param name="Why">The cause as far as it is known.</param>
/// <param name="Next">What to do next.</param>
public sealed record FailureDocument(string? Host, string Reason, string? Kind, string? Name, string What, string Why, string Next)
{
    /// <summary>The document of <paramref name="failure"/>.</summary>
    public static FailureDocument Of(HostFailure failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        string reason = JsonNamingPolicy.KebabCaseLower.ConvertName(failure.Reason.ToString());
        return new FailureDocument(failure.Host, reason, failure.Kind, failure.Name, failure.What, failure.Why, failure.Next);
    }
}
