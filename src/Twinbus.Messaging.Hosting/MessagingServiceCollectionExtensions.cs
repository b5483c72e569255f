using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.Rpc;

namespace Twinbus.Messaging.Hosting;

/// <summary>
/// Puts messaging into a host's container. A transport is a keyed singleton, so that a service can have one bus for RPC and
/// another for notifications; the container disposes it after the servers and listeners on it, which end when they are
/// disposed if the host was not stopped. What is wrong with URLs, targets and options is told when the host starts, all at once.
/// </summary>
public static class MessagingServiceCollectionExtensions
{
    /// <summary>Adds a transport. It logs through the host and takes its time from the host's <see cref="TimeProvider"/>.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="bus">The bus's name, such as <c>rpc</c> or <c>notify</c>: the key of everything on it.</param>
    /// <param name="url">Where the bus is. Asked once, when the transport is first needed.</param>
    /// <param name="options">The drivers and all else. Null: the defaults.</param>
    public static IServiceCollection AddMessagingTransport(
        this IServiceCollection services,
        string bus,
        Func<IServiceProvider, TransportUrl> url,
        Func<TransportOptions, TransportOptions>? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(bus);
        ArgumentNullException.ThrowIfNull(url);
        return services.AddStartupCheck(provider => provider.GetRequiredKeyedService<Transport>(bus)).AddKeyedSingleton(bus, (provider, _) =>
        {
            var defaults = new TransportOptions();
            if (provider.GetService<ILoggerFactory>() is { } loggers)
            {
                defaults = defaults with { LoggerFactory = loggers };
            }

            if (provider.GetService<TimeProvider>() is { } time)
            {
                defaults = defaults with { TimeProvider = time };
            }

            return Transport.Create(url(provider), options is null ? defaults : options(defaults));
        });
    }

    /// <summary>Adds a client, a keyed singleton with the key <paramref name="name"/>.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="name">The client's key.</param>
    /// <param name="bus">The transport's key.</param>
    /// <param name="target">Whom it calls.</param>
    /// <param name="options">How. Null: the defaults.</param>
    public static IServiceCollection AddRpcClient(
        this IServiceCollection services, string name, string bus, Target target, RpcClientOptions? options = null) =>
        services.AddStartupCheck(provider => provider.GetRequiredKeyedService<RpcClient>(name)).AddKeyedSingleton(
            name, (provider, _) => new RpcClient(provider.GetRequiredKeyedService<Transport>(bus), target, options));

    /// <summary>Adds a notifier, a singleton.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="bus">The transport's key.</param>
    /// <param name="publisherId">Who publishes.</param>
    /// <param name="options">How. Null: the defaults.</param>
    public static IServiceCollection AddNotifier(
        this IServiceCollection services, string bus, string publisherId, NotifierOptions? options = null) =>
        services.AddStartupCheck(provider => provider.GetRequiredService<Notifier>())
            .AddSingleton(provider => new Notifier(provider.GetRequiredKeyedService<Transport>(bus), publisherId, options));

    /// <summary>Adds a server that starts and stops with the host.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="bus">The transport's key.</param>
    /// <param name="target">What it serves.</param>
    /// <param name="endpoints">Its endpoints; asked when the host starts.</param>
    /// <param name="options">How it runs. Null: the defaults.</param>
    /// <param name="start">Whether the host's start waits for the bus. Default: it does not.</param>
    public static IServiceCollection AddRpcServer(
        this IServiceCollection services,
        string bus,
        Target target,
        Func<IServiceProvider, ImmutableArray<RpcEndpoint>> endpoints,
        RpcServerOptions? options = null,
        HostedStart start = HostedStart.InBackground)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return services.AddStartupCheck(static _ => { }).AddSingleton<IHostedService>(provider => Host(
            provider,
            $"the RPC server of {target}",
            start,
            () => new RpcServer(provider.GetRequiredKeyedService<Transport>(bus), target, endpoints(provider), options),
            static (server, token) => server.StartAsync(token),
            static (server, token) => server.StopAsync(token)));
    }

    /// <summary>Adds a notification listener that starts and stops with the host.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="bus">The transport's key.</param>
    /// <param name="targets">What it hears.</param>
    /// <param name="endpoints">Its endpoints; asked when the host starts.</param>
    /// <param name="options">How it runs. Null: the defaults.</param>
    /// <param name="start">Whether the host's start waits for the bus. Default: it does not.</param>
    public static IServiceCollection AddNotificationListener(
        this IServiceCollection services,
        string bus,
        ImmutableArray<Target> targets,
        Func<IServiceProvider, ImmutableArray<NotificationEndpoint>> endpoints,
        NotificationListenerOptions? options = null,
        HostedStart start = HostedStart.InBackground)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return services.AddStartupCheck(static _ => { }).AddSingleton<IHostedService>(provider => Host(
            provider,
            $"the notification listener of {(targets.IsDefault ? "" : string.Join(", ", targets))}",
            start,
            () => new NotificationListener(provider.GetRequiredKeyedService<Transport>(bus), targets, endpoints(provider), options),
            static (listener, token) => listener.StartAsync(token),
            static (listener, token) => listener.StopAsync(token)));
    }

    // Asked when the host starts, so that a wrong option is known before the first message.
    private static IServiceCollection AddStartupCheck(this IServiceCollection services, Action<IServiceProvider> resolve)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, StartupValidation>());
        return services.AddSingleton(new StartupCheck(resolve));
    }

    private static HostedMessaging Host<T>(
        IServiceProvider provider,
        string what,
        HostedStart start,
        Func<T> make,
        Func<T, CancellationToken, ValueTask> startAsync,
        Func<T, CancellationToken, ValueTask> stopAsync)
        where T : class, IAsyncDisposable
    {
        ILogger logger = provider.GetService<ILoggerFactory>()?.CreateLogger("Twinbus.Messaging.Hosting") ?? NullLogger.Instance;
        TimeProvider time = provider.GetService<TimeProvider>() ?? TimeProvider.System;
        try
        {
            T hosted = make();
            return new HostedMessaging(what, start, token => startAsync(hosted, token), token => stopAsync(hosted, token), hosted.DisposeAsync, time, logger);
        }
        catch (MessagingException fault)
        {
            // Told with all others when the host starts.
            return HostedMessaging.Faulty(what, fault, time, logger);
        }
    }
}
