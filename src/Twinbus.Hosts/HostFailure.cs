namespace Twinbus.Hosts;

/// <summary>What went wrong on a host: what, why and what to do next, without a secret.</summary>
/// <param name="Reason">The class of the failure.</param>
/// <param name="What">One sentence: what did not work.</param>
/// <param name="Why">The cause as far as it is known; may hold several lines, such as the end of a log.</param>
/// <param name="Next">What to do next, as a sentence or a command.</param>
public sealed record HostFailure(HostFailureReason Reason, string What, string Why, string Next)
{
    /// <summary>The host, when it is known.</summary>
    public string? Host { get; init; }

    /// <summary>The resource's kind, when one resource failed.</summary>
    public string? Kind { get; init; }

    /// <summary>The resource's name, when one resource failed.</summary>
    public string? Name { get; init; }

    /// <summary>Where it happened: <c>host: kind name</c>, as far as it is known.</summary>
    public string Where => (Host, Kind) switch
    {
        (null, null) => "",
        (null, _) => $"{Kind} {Name}",
        (_, null) => Host,
        _ => $"{Host}: {Kind} {Name}",
    };

    /// <inheritdoc/>
    public override string ToString() => $"{(Where.Length > 0 ? Where + ": " : "")}{What} {Why} {Next}".TrimEnd();
}
