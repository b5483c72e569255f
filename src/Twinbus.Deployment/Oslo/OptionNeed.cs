namespace Twinbus.Deployment.Oslo;

/// <summary>What a bus needs an option of its driver to be; an option that it does not name may have any value.</summary>
/// <param name="Name">The option's name in the driver's group.</param>
/// <param name="Value">The value that it needs.</param>
internal sealed record OptionNeed(string Name, string Value)
{
    /// <summary>Whether the value is what a release without the option does anyway.</summary>
    public bool IsOff { get; init; }

    /// <summary>Whether it belongs into the transport URL even when both buses agree: then the URL alone says how to connect.</summary>
    public bool InUrl { get; init; }

    /// <summary>The parameter, without the service's prefix, that leads to it; null when it follows from the backend alone.</summary>
    public string? Parameter { get; init; }

    /// <summary>What to do when the release does not know the option.</summary>
    public string? WayOut { get; init; }
}
