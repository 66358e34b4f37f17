using System.IO.Pipelines;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Requests;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.CircuitBreaking;

/// <summary>Which part of a call's time is the upstream's, while the client sends its body.</summary>
public sealed class GuardedCallTests : IDisposable
{
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(2);

    private readonly ManualClock _clock = new();
    private readonly CircuitBreaker _breaker;
    private readonly Pipe _client = new();
    private readonly WatchedBody _upload;
    private readonly GuardedCall _call;

    public GuardedCallTests()
    {
        var settings = new CircuitBreakerOptions { SlowCallDuration = Slow, SlowCallRatio = 1 };
        _breaker = new CircuitBreaker("test", settings, _clock, () => 0);
        _upload = new WatchedBody(_client.Reader, long.MaxValue, _clock);
        _breaker.TryAcquire(out var permit, out _);
        _call = new GuardedCall(new Guard(_breaker, StatusSet.ServerErrors), permit, _clock, new RequestRecord("id", CancellationToken.None), _upload);
    }

    public void Dispose() => _upload.Dispose();

    [Fact]
    public void Finish_UploadWasNeverAskedFor_TheUpstreamWasSlow()
    {
        _clock.Advance(Slow);

        Assert.Equal(1, SlowCalls(CallCause.Connect));
    }

    [Fact]
    public void Finish_ClientIsBeingWaitedFor_TheUpstreamWasNotSlow()
    {
        _ = ReadAsync();
        _clock.Advance(Slow);

        Assert.Equal(0, SlowCalls(CallCause.Transport));
        Assert.Equal(Slow, Assert.Single(_breaker.RecentFailures).Duration);
    }

    [Fact]
    public async Task Finish_UpstreamTakesNoMoreOfTheUpload_TheUpstreamWasSlow()
    {
        var read = ReadAsync();
        _clock.Advance(Slow);
        await _client.Writer.WriteAsync(new byte[1], TestContext.Current.CancellationToken);
        await read;
        _clock.Advance(Slow);

        Assert.Equal(1, SlowCalls(CallCause.Timeout));
        Assert.Equal(2 * Slow, Assert.Single(_breaker.RecentFailures).Duration);
    }

    [Fact]
    public void Finish_HeadersCameInTime_TheUpstreamWasNotSlow()
    {
        _clock.Advance(Slow - TimeSpan.FromTicks(1));
        using var headers = new HttpResponseMessage();
        _call.HeadersArrived(headers);
        _clock.Advance(Slow);

        Assert.Equal(0, SlowCalls(CallCause.Body));
    }

    private async Task ReadAsync() => await _upload.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken);

    private long SlowCalls(CallCause failure)
    {
        _call.Finish(new Verdict(CallOutcome.Failure, failure));
        return _breaker.GetStatus().Window!.Value.SlowCalls;
    }
}
