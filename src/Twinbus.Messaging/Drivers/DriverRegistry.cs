using System.Collections.Immutable;

namespace Twinbus.Messaging.Drivers;

/// <summary>Which driver answers to which scheme. Immutable; adding gives a new one.</summary>
public sealed class DriverRegistry
{
    private readonly ImmutableSortedDictionary<string, IMessagingDriver> drivers;

    private DriverRegistry(ImmutableSortedDictionary<string, IMessagingDriver> drivers) => this.drivers = drivers;

    /// <summary>No driver.</summary>
    public static DriverRegistry Empty { get; } = new(ImmutableSortedDictionary<string, IMessagingDriver>.Empty);

    /// <summary>The schemes that have a driver.</summary>
    public IEnumerable<string> Schemes => drivers.Keys;

    /// <summary>A registry of these drivers; of two with one scheme the later one has it.</summary>
    public static DriverRegistry Of(params ReadOnlySpan<IMessagingDriver> drivers)
    {
        var registry = Empty;
        foreach (IMessagingDriver driver in drivers)
        {
            registry = registry.Add(driver);
        }

        return registry;
    }

    /// <summary>This registry with one more driver, which takes over its schemes.</summary>
    public DriverRegistry Add(IMessagingDriver driver)
    {
        ArgumentNullException.ThrowIfNull(driver);
        return new(driver.Schemes.Aggregate(drivers, (all, scheme) => all.SetItem(scheme, driver)));
    }

    /// <summary>The driver of the URL's scheme.</summary>
    /// <exception cref="MessagingException">There is none; the message names those that there are.</exception>
    public IMessagingDriver Find(TransportUrl url)
    {
        ArgumentNullException.ThrowIfNull(url);
        return drivers.TryGetValue(url.Driver, out IMessagingDriver? driver)
            ? driver
            : throw new MessagingException(
                MessagingErrorReason.UnknownScheme,
                $"No driver answers to the scheme '{url.Driver}' of {url}. Registered: "
                + (drivers.IsEmpty ? "none" : string.Join(", ", drivers.Keys)) + ".");
    }
}
