using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>Keeps what is logged, for tests that wait for it to be said.</summary>
internal sealed class LogMemory : ILoggerFactory, ILogger
{
    private readonly Channel<(int Id, string Text)> entries = Channel.CreateUnbounded<(int Id, string Text)>();

    /// <summary>The next entry with this id; what comes before it is passed over.</summary>
    public Task<string> NextAsync(int id, CancellationToken cancellationToken) => NextAsync([id], cancellationToken);

    /// <summary>The next entry with one of these ids.</summary>
    public async Task<string> NextAsync(int[] ids, CancellationToken cancellationToken)
    {
        while (true)
        {
            (int Id, string Text) entry = await entries.Reader.ReadAsync(cancellationToken);
            if (ids.Contains(entry.Id))
            {
                return entry.Text;
            }
        }
    }

    /// <summary>How many entries with this id there are; all that was said until now is passed over.</summary>
    public int Count(int id)
    {
        int count = 0;
        while (entries.Reader.TryRead(out (int Id, string Text) entry))
        {
            count += entry.Id == id ? 1 : 0;
        }

        return count;
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("This log has one place.");

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        entries.Writer.TryWrite((eventId.Id, formatter(state, exception)));
    }

    public void Dispose()
    {
        // Nothing is held.
    }
}
