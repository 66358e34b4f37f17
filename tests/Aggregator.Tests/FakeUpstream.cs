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
        Finishes.Enqueue((call.Path, result));
        lock (_gate)
        {
            _inFlight--;
        }
    }
}
