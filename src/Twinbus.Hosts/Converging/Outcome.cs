using Twinbus.Hosts.Plans;

namespace Twinbus.Hosts.Converging;

/// <summary>How a resource differs from the plan, or what was done about it.</summary>
/// <param name="Action">What is to be done, or was.</param>
/// <param name="Detail">What differs, in a plain phrase.</param>
public readonly record struct Outcome(ResourceAction Action, string Detail)
{
    /// <summary>
    /// What was found, for the host's fingerprint alone, where <see cref="Detail"/> says less: two states that need the
    /// same change are still two. Never a secret, nor what a secret could be guessed by.
    /// </summary>
    public string? Seen { get; init; }

    /// <summary>Nothing is to be done.</summary>
    public static Outcome UpToDate { get; } = new(ResourceAction.None, "");

    /// <summary>Whether something is to be done.</summary>
    public bool IsPending => Action != ResourceAction.None;

    /// <summary>It is not there.</summary>
    /// <param name="detail">A plain phrase.</param>
    public static Outcome Create(string detail = "created") => new(ResourceAction.Create, detail);

    /// <summary>It differs.</summary>
    /// <param name="detail">A plain phrase.</param>
    public static Outcome Change(string detail) => new(ResourceAction.Change, detail);

    /// <summary>It is to go.</summary>
    /// <param name="detail">A plain phrase.</param>
    public static Outcome Delete(string detail = "removed") => new(ResourceAction.Delete, detail);

    /// <summary>A change made of the parts that differ, or nothing when none does.</summary>
    /// <param name="differences">Each in a plain phrase.</param>
    public static Outcome Of(IReadOnlyCollection<string> differences) =>
        differences.Count == 0 ? UpToDate : Change(string.Join(", ", differences));
}
