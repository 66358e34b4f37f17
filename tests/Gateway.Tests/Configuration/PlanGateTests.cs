using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Tests.Wire;

namespace EventGateway.Gateway.Tests.Configuration;

public class PlanGateTests
{
    private readonly PlanGate _gate = new();

    [Fact]
    public async Task CloseAsync_SomebodyIsInside_WaitsAndLetsNobodyElseIn()
    {
        Assert.True(_gate.TryEnter());
        var closing = _gate.CloseAsync();

        Assert.False(_gate.TryEnter());
        var opened = _gate.Opened;
        Assert.False(closing.IsCompleted);
        Assert.False(opened.IsCompleted);

        _gate.Leave();
        await closing.InTime();
        Assert.False(_gate.TryEnter());

        _gate.Open();
        await opened.InTime();
        Assert.True(_gate.TryEnter());
    }

    [Fact]
    public async Task CloseAsync_ManyComeAndGo_NobodyIsInsideWhileItIsClosed()
    {
        var (left, right, torn, stop) = (0, 0, 0, false);
        var visitors = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!Volatile.Read(ref stop))
            {
                if (!_gate.TryEnter())
                {
                    await _gate.Opened;
                    continue;
                }

                var seen = Volatile.Read(ref left);
                Thread.SpinWait(20);
                torn += seen == Volatile.Read(ref right) ? 0 : 1;
                _gate.Leave();
            }
        })).ToList();

        for (var i = 1; i <= 2000; i++)
        {
            await _gate.CloseAsync().InTime();
            Volatile.Write(ref left, i);
            Thread.SpinWait(50);
            Volatile.Write(ref right, i);
            _gate.Open();
        }

        Volatile.Write(ref stop, true);
        await Task.WhenAll(visitors).InTime();
        Assert.Equal(0, torn);
    }

    [Fact]
    public async Task Middleware_RequestIsWaitingForSomebody_HoldsNoReloadUp()
    {
        var upstream = new TaskCompletionSource();
        var middleware = new PlanGateMiddleware(_ => upstream.Task, _gate);
        var request = middleware.InvokeAsync(new DefaultHttpContext());

        await _gate.CloseAsync().InTime();

        Assert.False(request.IsCompleted);
        upstream.SetResult();
        await request.InTime();
    }

    [Fact]
    public async Task Middleware_PipelineThrowsAtOnce_LeavesAllTheSame()
    {
        var middleware = new PlanGateMiddleware(_ => throw new InvalidOperationException(), _gate);
        await Assert.ThrowsAsync<InvalidOperationException>(() => middleware.InvokeAsync(new DefaultHttpContext()));

        await _gate.CloseAsync().InTime();
        var waiting = middleware.InvokeAsync(new DefaultHttpContext());
        Assert.False(waiting.IsCompleted);
        _gate.Open();
        await Assert.ThrowsAsync<InvalidOperationException>(() => waiting.InTime());
        await _gate.CloseAsync().InTime();
    }
}
