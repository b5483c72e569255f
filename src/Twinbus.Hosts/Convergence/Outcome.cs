using Twinbus.Hosts.Running;

namespace Twinbus.Hosts.Convergence;

/// <summary>How a resource differs from what it shall be, or what was done about it.</summary>
internal readonly record struct Outcome(ResourceAction Action, string Detail)
{
    /// <summary>
    /// What was found, for the host's fingerprint alone, where <see cref="Detail"/> says less: two states that need the
    /// same change are still two. Never a secret, nor what a secret could be guessed by.
    /// </summary>
    public string? Seen { get; init; }

    public static Outcome AsItShallBe { get; } = new(ResourceAction.None, "");

    public bool IsPending => Action != ResourceAction.None;

    public static Outcome Create(string detail = "created") => new(ResourceAction.Create, detail);

    public static Outcome Change(string detail) => new(ResourceAction.Change, detail);

    public static Outcome Delete(string detail = "removed") => new(ResourceAction.Delete, detail);

    /// <summary>A change made of the parts that differ, or nothing when none does.</summary>
    public static Outcome Of(IReadOnlyCollection<string> differences) =>
        differences.Count == 0 ? AsItShallBe : Change(string.Join(", ", differences));
}
