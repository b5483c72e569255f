namespace Twinbus.Testing.RabbitMq;

/// <summary>
/// One broker for all the tests of an assembly: <c>[assembly: AssemblyFixture(typeof(RabbitMqFixture))]</c>. It starts when
/// the first test asks for it, so a run without broker tests does not wait for one.
/// </summary>
public sealed class RabbitMqFixture : IAsyncDisposable
{
    private readonly Lazy<Task<RabbitMqServer>> server = new(() => RabbitMqServer.StartAsync());

    /// <summary>The assembly's broker, started at the first call. A test that restarts or blocks it must not run beside others.</summary>
    public Task<RabbitMqServer> ServerAsync() => server.Value;

    /// <summary>A virtual host of its own, with its user, on the assembly's broker.</summary>
    public async Task<RabbitMqVirtualHost> CreateVirtualHostAsync(CancellationToken cancellationToken = default)
    {
        RabbitMqServer broker = await ServerAsync();
        return await broker.CreateVirtualHostAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (server.IsValueCreated)
        {
            RabbitMqServer broker = await server.Value;
            await broker.DisposeAsync();
        }
    }
}
