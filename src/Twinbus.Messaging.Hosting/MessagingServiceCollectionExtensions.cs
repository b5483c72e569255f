using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.Rpc;

namespace Twinbus.Messaging.Hosting;

/// <summary>
/// Puts messaging into a host's container. A transport is a keyed singleton, so that a service can have one bus for RPC and
/// another for notifications; the container disposes it after the servers and listeners on it have stopped.
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
        return services.AddKeyedSingleton(bus, (provider, _) =>
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
        services.AddKeyedSingleton(
            name, (provider, _) => new RpcClient(provider.GetRequiredKeyedService<Transport>(bus), target, options));

    /// <summary>Adds a notifier, a singleton.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="bus">The transport's key.</param>
    /// <param name="publisherId">Who publishes.</param>
    /// <param name="options">How. Null: the defaults.</param>
    public static IServiceCollection AddNotifier(
        this IServiceCollection services, string bus, string publisherId, NotifierOptions? options = null) =>
        services.AddSingleton(provider => new Notifier(provider.GetRequiredKeyedService<Transport>(bus), publisherId, options));

    /// <summary>Adds a server that starts and stops with the host.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="bus">The transport's key.</param>
    /// <param name="target">What it serves.</param>
    /// <param name="endpoints">Its endpoints; asked when the host starts.</param>
    /// <param name="options">How it runs. Null: the defaults.</param>
    public static IServiceCollection AddRpcServer(
        this IServiceCollection services,
        string bus,
        Target target,
        Func<IServiceProvider, ImmutableArray<RpcEndpoint>> endpoints,
        RpcServerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return services.AddSingleton<IHostedService>(provider =>
        {
            var server = new RpcServer(provider.GetRequiredKeyedService<Transport>(bus), target, endpoints(provider), options);
            return new HostedMessaging(server.StartAsync, server.StopAsync);
        });
    }

    /// <summary>Adds a notification listener that starts and stops with the host.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="bus">The transport's key.</param>
    /// <param name="targets">What it hears.</param>
    /// <param name="endpoints">Its endpoints; asked when the host starts.</param>
    /// <param name="options">How it runs. Null: the defaults.</param>
    public static IServiceCollection AddNotificationListener(
        this IServiceCollection services,
        string bus,
        ImmutableArray<Target> targets,
        Func<IServiceProvider, ImmutableArray<NotificationEndpoint>> endpoints,
        NotificationListenerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return services.AddSingleton<IHostedService>(provider =>
        {
            var listener = new NotificationListener(
                provider.GetRequiredKeyedService<Transport>(bus), targets, endpoints(provider), options);
            return new HostedMessaging(listener.StartAsync, listener.StopAsync);
        });
    }

    private sealed class HostedMessaging(
        Func<CancellationToken, ValueTask> start, Func<CancellationToken, ValueTask> stop) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => start(cancellationToken).AsTask();

        public Task StopAsync(CancellationToken cancellationToken) => stop(cancellationToken).AsTask();
    }
}
