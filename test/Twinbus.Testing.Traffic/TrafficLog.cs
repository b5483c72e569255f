using Microsoft.Extensions.Logging;

namespace Twinbus.Testing.Traffic;

/// <summary>What the library says to one party, a line each with time and party.</summary>
internal sealed class TrafficLog(string party, Action<string> log) : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            log($"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {party}: {logLevel} {eventId.Id} {formatter(state, exception)} {exception?.Message}");
        }
    }

    public void Dispose()
    {
    }
}
