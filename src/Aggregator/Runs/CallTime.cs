namespace EventGateway.Aggregator;

/// <summary>
/// The time of one call, or of several of a step that begin at once: a timer for each of them would be a twentieth of an aggregation of ten. It is over
/// early when nobody needs them any more.
/// </summary>
internal readonly struct CallTime : IDisposable
{
    private readonly CancellationTokenSource? _source;
    private readonly CancellationTokenRegistration _whenStopped;

    public CallTime(TimeSpan timeout, TimeProvider time, StopSignal stop)
    {
        _source = TokenSources.Rent(timeout, time);
        _whenStopped = _source.CancelWith(stop.Token);
    }

    public CancellationToken Token => _source?.Token ?? CancellationToken.None;

    public void Dispose()
    {
        _whenStopped.Dispose();
        if (_source is not null)
        {
            TokenSources.Return(_source);
        }
    }
}
