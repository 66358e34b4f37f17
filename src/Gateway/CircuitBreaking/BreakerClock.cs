namespace EventGateway.Gateway.CircuitBreaking;

/// <summary>
/// Looks at every breaker a few times a second. What the clock alone decides, such as the end of an operator's word or of a probe's lease,
/// is told when somebody looks: without this, log and transitions would have to wait for a call, a scrape or a viewer.
/// </summary>
internal sealed class BreakerClock(BreakerRegistry breakers, TimeProvider time) : IHostedService, IDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private ITimer? _timer;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = time.CreateTimer(_ => Look(), state: null, Interval, Interval);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _timer?.Dispose();

    private void Look()
    {
        foreach (var breaker in breakers.All)
        {
            breaker.GetStatus();
        }
    }
}
