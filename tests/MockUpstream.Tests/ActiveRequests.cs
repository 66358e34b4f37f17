using System.Diagnostics.Metrics;

namespace EventGateway.MockUpstream.Tests;

/// <summary>Tells when a server has begun its first request and when it has finished one, by the server's own meter.</summary>
internal sealed class ActiveRequests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);   // a mistake fails the test instead of hanging it

    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly MeterListener _listener = new();

    public ActiveRequests(WebApplication app)
    {
        // The scope keeps apart the servers of tests that run at the same time.
        var scope = app.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "http.server.active_requests" && ReferenceEquals(instrument.Meter.Scope, scope))
            {
                MeterName = instrument.Meter.Name;
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, change, _, _) => (change > 0 ? _started : _ended).TrySetResult());
        _listener.Start();
    }

    public string? MeterName { get; private set; }

    public Task StartedAsync() => _started.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);

    public Task EndedAsync() => _ended.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);

    public void Dispose() => _listener.Dispose();
}
