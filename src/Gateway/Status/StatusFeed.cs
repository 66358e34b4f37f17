using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Status;

/// <summary>
/// Makes one report a second for all who look, and none while nobody does. Who reads too slowly misses reports; nothing is kept for him.
/// </summary>
internal sealed partial class StatusFeed : IHostedLifecycleService, IDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private static readonly byte[] Stopping = "event: stopping\ndata: {}\n\n"u8.ToArray();

    private readonly StatusReporter _reporter;
    private readonly LiveConfiguration _live;
    private readonly RouteTraffic _traffic;
    private readonly AggregationTraffic _aggregations;
    private readonly PolicyTraffic _policies;
    private readonly BreakerTimelines _timelines;
    private readonly ILogger<StatusFeed> _logger;

    private readonly PeriodicTimer _timer;
    private Task _publishing = Task.CompletedTask;

    private readonly Lock _gate = new();
    private int _viewers;                                     // guarded by _gate
    private bool _stopping;                                   // guarded by _gate
    private Frame _frame = new([], []);                       // guarded by _gate
    private (GatewayPlan? Plan, long Transitions) _history;   // guarded by _gate; what the frame's history was made of
    private TaskCompletionSource _news = NewSignal();         // guarded by _gate; completes with the next frame

    public StatusFeed(
        StatusReporter reporter, LiveConfiguration live, RouteTraffic traffic, AggregationTraffic aggregations, PolicyTraffic policies,
        BreakerTimelines timelines, BreakerRegistry breakers, TimeProvider time, ILogger<StatusFeed> logger)
    {
        (_reporter, _live, _traffic, _aggregations, _policies, _timelines, _logger) = (reporter, live, traffic, aggregations, policies, timelines, logger);
        _timer = new PeriodicTimer(Interval, time);
        traffic.Declare(live.Current);
        live.Applied += plan =>
        {
            traffic.Declare(plan);
            aggregations.Keep(plan);
            policies.Keep(plan);
            timelines.Keep(breakers.All);
        };
    }

    /// <summary>Events as they go over the wire, until the gateway stops.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> WatchAsync([EnumeratorCancellation] CancellationToken viewerLeft)
    {
        Join();
        try
        {
            var seen = new Frame([], []);
            while (true)
            {
                var (frame, news, stopping) = Look();
                if (stopping)
                {
                    yield return Stopping;
                    yield break;
                }

                if (frame.History != seen.History)
                {
                    yield return frame.History;
                }

                yield return frame.Report;
                seen = frame;
                await news.WaitAsync(viewerLeft);
            }
        }
        finally
        {
            Leave();
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _publishing = Task.Run(PublishAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        await _publishing.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // Of a start that failed, nobody stops anything.
    public void Dispose() => _timer.Dispose();

    private async Task PublishAsync()
    {
        while (await _timer.WaitForNextTickAsync(CancellationToken.None))   // false once it is disposed
        {
            var advanced = _traffic.TryAdvance();
            if (advanced)
            {
                _aggregations.Advance(_live.Current);
                _policies.Advance(_live.Current);
            }

            lock (_gate)
            {
                if (_viewers > 0)
                {
                    PublishLocked(advanced);
                }
                else if (advanced)
                {
                    _history = default;
                }
            }
        }
    }

    // Whoever looks would otherwise be a request whose end draining waits for.
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _stopping = true;
            _news.TrySetResult();
        }

        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Join()
    {
        lock (_gate)
        {
            if (_viewers++ == 0 && !_stopping)
            {
                PublishLocked(historyChanged: false);   // the last report is from when somebody looked last
            }
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            _viewers--;
        }
    }

    private (Frame Frame, Task News, bool Stopping) Look()
    {
        lock (_gate)
        {
            return (_frame, _news.Task, _stopping);
        }
    }

    private void PublishLocked(bool historyChanged)
    {
        try
        {
            var history = (_live.Current, _timelines.Version);
            var isNew = historyChanged || history != _history;
            _frame = new Frame(
                Event("report", _reporter.Report(), StatusJson.Default.StatusReport),
                isNew ? Event("history", _reporter.History(), StatusJson.Default.StatusHistory) : _frame.History);
            _history = history;
        }
        catch (Exception e)
        {
            // A page for people is no reason to stop a gateway.
            Log.NoReport(_logger, e);
        }

        if (!_stopping)
        {
            _news.TrySetResult();
            _news = NewSignal();
        }
    }

    private static byte[] Event<T>(string name, T data, JsonTypeInfo<T> type) =>
        [.. Encoding.ASCII.GetBytes($"event: {name}\ndata: "), .. JsonSerializer.SerializeToUtf8Bytes(data, type), .. "\n\n"u8];

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed record Frame(byte[] Report, byte[] History);

    private static partial class Log
    {
        [LoggerMessage(EventId = 610, EventName = "NoStatusReport", Level = LogLevel.Error, Message = "The report for the status page could not be made.")]
        public static partial void NoReport(ILogger logger, Exception exception);
    }
}
