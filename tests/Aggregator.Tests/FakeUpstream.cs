using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace EventGateway.Aggregator.Tests;

/// <summary>
/// An upstream in memory. A path is answered at once, or held at a gate until the test opens it. A path that nobody
/// scripted fails the test. It counts what is in flight, so that an orphan call can't hide.
/// </summary>
internal sealed class FakeUpstream : IUpstream
{
    private readonly ConcurrentDictionary<string, Func<CancellationToken, Task<HttpResponseMessage>>> _script = new();
    private readonly Lock _gate = new();
    private int _inFlight;   // guarded by _gate

    public ConcurrentQueue<string> Calls { get; } = new();

    public ConcurrentQueue<(string Path, PartResult Result)> Finishes { get; } = new();

    /// <summary>What requests were told of shared calls.</summary>
    public ConcurrentQueue<(string Path, PartOutcome Outcome)> SharedParts { get; } = new();

    /// <summary>Paths of calls that another request had begun.</summary>
    public ConcurrentQueue<string> Joins { get; } = new();

    public int Peak { get; private set; }   // guarded by _gate

    public int InFlight
    {
        get
        {
            lock (_gate)
            {
                return _inFlight;
            }
        }
    }

    public static HttpResponseMessage Json(string json, HttpStatusCode status = HttpStatusCode.OK) =>
        new(status) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(json)) };

    public FakeUpstream Answer(string path, string json, HttpStatusCode status = HttpStatusCode.OK) =>
        Answer(path, () => Json(json, status));

    public FakeUpstream Answer(string path, Func<HttpResponseMessage> response)
    {
        _script[path] = _ => Task.FromResult(response());
        return this;
    }

    public FakeUpstream Answer(string path, Func<CancellationToken, Task<HttpResponseMessage>> response)
    {
        _script[path] = response;
        return this;
    }

    public FakeUpstream Throw(string path, Exception error)
    {
        _script[path] = _ => Task.FromException<HttpResponseMessage>(error);
        return this;
    }

    public HeldCall Hold(string path)
    {
        var held = new HeldCall();
        _script[path] = held.WaitAsync;
        return held;
    }

    public PartResult ResultOf(string path) => Finishes.Single(finish => finish.Path == path).Result;

    public async Task<HttpResponseMessage> SendAsync(UpstreamCall call, CancellationToken cancellationToken)
    {
        Calls.Enqueue(call.Path);
        lock (_gate)
        {
            _inFlight++;
            Peak = Math.Max(Peak, _inFlight);
        }

        return _script.TryGetValue(call.Path, out var answer)
            ? await answer(cancellationToken)
            : throw new InvalidOperationException($"Nobody scripted '{call.Path}'.");
    }

    public void Finished(UpstreamCall call, PartResult result)
    {
        if (call.Step.SharesCalls)
        {
            SharedParts.Enqueue((call.Path, result.Outcome));
        }
        else
        {
            CallFinished(call, result);
        }
    }

    /// <summary>All are one caller, unless they come <see cref="From"/> somebody.</summary>
    public UInt128 CallerOf(StepPlan step) => 0;

    public IUpstream Detach(StepPlan step) => new Detached(this);

    public void Joined(UpstreamCall call, IUpstream way)
    {
        Assert.IsType<Detached>(way);
        Joins.Enqueue(call.Path);
    }

    /// <summary>The same upstream as another caller's requests see it.</summary>
    public IUpstream From(UInt128 caller) => new Other(this, caller);

    private void CallFinished(UpstreamCall call, PartResult result)
    {
        Finishes.Enqueue((call.Path, result));
        lock (_gate)
        {
            _inFlight--;
        }
    }

    private class Other(FakeUpstream upstream, UInt128 caller) : IUpstream
    {
        public Task<HttpResponseMessage> SendAsync(UpstreamCall call, CancellationToken cancellationToken) => upstream.SendAsync(call, cancellationToken);

        public virtual void Finished(UpstreamCall call, PartResult result) => upstream.Finished(call, result);

        public UInt128 CallerOf(StepPlan step) => caller;

        public IUpstream Detach(StepPlan step) => upstream.Detach(step);

        public void Joined(UpstreamCall call, IUpstream way) => upstream.Joined(call, way);
    }

    private sealed class Detached(FakeUpstream upstream) : Other(upstream, 0)
    {
        private readonly FakeUpstream _upstream = upstream;

        public override void Finished(UpstreamCall call, PartResult result) => _upstream.CallFinished(call, result);
    }
}
