using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Health;

/// <summary>
/// Between SIGTERM and the end: <c>/ready</c> says "draining" while the listener stays open until every request that began before
/// has its answer, so that a load balancer learns of it from an answer rather than from refused connections.
/// </summary>
internal sealed partial class DrainService(
    InFlightRequests inFlight, LiveConfiguration configuration, Readiness readiness, TimeProvider time, ILogger<DrainService> logger)
    : IHostedLifecycleService
{
    /// <summary>How long running requests may take to finish.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(30);

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        readiness.Started();
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        var delay = configuration.Current.Options.DrainDelay;
        Log.Draining(logger, delay, Patience);
        readiness.Draining();
        try
        {
            await Task.Delay(delay, time, cancellationToken);
            await inFlight.DrainAsync().WaitAsync(Patience, time, cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            Log.OutOfPatience(logger, Patience);
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(EventId = 501, EventName = "Draining", Level = LogLevel.Information,
            Message = "Draining: after {Delay}, running requests have {Patience} to finish.")]
        public static partial void Draining(ILogger logger, TimeSpan delay, TimeSpan patience);

        [LoggerMessage(EventId = 502, EventName = "DrainTimedOut", Level = LogLevel.Warning,
            Message = "Requests were still running after {Patience}; they are cut off.")]
        public static partial void OutOfPatience(ILogger logger, TimeSpan patience);
    }
}
