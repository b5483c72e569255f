using Microsoft.Extensions.Logging;
using Twinbus.Messaging.Drivers;

namespace Twinbus.Messaging;

/// <summary>
/// A bus that RPC clients and servers, notifiers and listeners share. It connects when first used and comes back by
/// itself after a loss. Thread-safe. Dispose it last: servers and listeners on it are to be stopped first.
/// </summary>
public sealed partial class Transport : IAsyncDisposable, IDisposable
{
    private Transport(TransportUrl url, TransportOptions options, IMessagingDriver driver)
    {
        Url = url;
        Options = options;
        Capabilities = driver.Capabilities;
        ILogger logger = options.LoggerFactory.CreateLogger("Twinbus.Messaging.Transport");
        if (driver.IgnoredOptions(url) is { IsEmpty: false } ignored)
        {
            LogIgnored(logger, url, string.Join(", ", ignored));
        }

        Connection = driver.Open(url, new DriverContext
        {
            ControlExchange = options.ControlExchange,
            Limits = options.Limits,
            DuplicateWindow = options.DuplicateWindow,
            TimeProvider = options.TimeProvider,
            Blocked = options.Blocked,
            Logger = logger,
        });
    }

    /// <summary>Where the bus is.</summary>
    public TransportUrl Url { get; }

    /// <summary>How the transport was made.</summary>
    public TransportOptions Options { get; }

    /// <summary>What the driver can do.</summary>
    public DriverCapabilities Capabilities { get; }

    internal IMessagingConnection Connection { get; }

    /// <summary>Makes a transport; opens no socket yet.</summary>
    /// <exception cref="MessagingException">No driver has the scheme, or an option is wrong.</exception>
    public static Transport Create(TransportUrl url, TransportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(url);
        options ??= new TransportOptions();
        options.Limits.Validate();
        if (options.ResponseTimeout <= TimeSpan.Zero || options.DuplicateWindow < 1)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidOptions, "ResponseTimeout must be positive and DuplicateWindow at least 1.");
        }

        return new Transport(url, options, options.Drivers.Find(url));
    }

    /// <summary>Makes a transport for a URL in text form, as <see cref="Create(TransportUrl, TransportOptions?)"/>.</summary>
    public static Transport Create(string url, TransportOptions? options = null) => Create(TransportUrl.Parse(url), options);

    /// <summary>Connects now, so that a wrong address or password is known before the first message.</summary>
    /// <exception cref="TransportConnectionException">No host of the URL can be used; says why.</exception>
    public ValueTask ConnectAsync(CancellationToken cancellationToken = default) => Connection.ConnectAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    /// <summary>As <see cref="DisposeAsync"/>, and blocks until it is done: for a container that is disposed the old way.</summary>
    public void Dispose() => Task.Run(() => DisposeAsync().AsTask()).GetAwaiter().GetResult();

    [LoggerMessage(1040, LogLevel.Information, "Options of {Url} that mean nothing to this driver and change nothing: {Options}")]
    private static partial void LogIgnored(ILogger logger, TransportUrl url, string options);
}
