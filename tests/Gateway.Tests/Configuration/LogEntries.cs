using System.Collections.Concurrent;

namespace EventGateway.Gateway.Tests.Configuration;

/// <summary>Keeps what the gateway logs.</summary>
internal sealed class LogEntries : ILoggerProvider
{
    private readonly ConcurrentQueue<(int Id, string Message)> _entries = [];

    /// <summary>The messages of this event so far.</summary>
    public IReadOnlyList<string> Of(int eventId) => [.. _entries.Where(e => e.Id == eventId).Select(e => e.Message)];

    public ILogger CreateLogger(string categoryName) => new Logger(_entries);

    public void Dispose()
    {
    }

    private sealed class Logger(ConcurrentQueue<(int Id, string Message)> entries) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            entries.Enqueue((eventId.Id, formatter(state, exception)));
    }
}
