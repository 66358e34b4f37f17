using EventGateway.Gateway.Configuration;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace EventGateway.Gateway.Health;

/// <summary>
/// The gateway's first and last steps. Between SIGTERM and the end <c>/ready</c> says "draining" while the listener stays open
/// until every request that began before has its answer, so that a load balancer learns of it from an answer rather than
/// from refused connections.
/// </summary>
internal sealed partial class LifecycleService(
    InFlightRequests inFlight,
    LiveConfiguration configuration,
    Readiness readiness,
    StartReport started,
    IServer server,
    TimeProvider time,
    ILogger<LifecycleService> logger) : IHostedLifecycleService
{
    /// <summary>How long running requests may take to finish.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(30);

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        started.Tell(configuration.Current, [.. server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses]);
        readiness.Started();

        // Asked once by ourselves, so that an upstream that isn't there is in the log before its first caller is.
        return readiness.ReportAsync();
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (!inFlight.TryLeave())
        {
            return;   // told to stop twice
        }

        var delay = configuration.Current.Options.DrainDelay;
        Log.Draining(logger, delay, Patience);
        readiness.Draining();
        await Task.Delay(delay, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
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
