using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Requests;

namespace EventGateway.Gateway.CircuitBreaking;

/// <summary>One permitted call through a breaker. However it ends, its permit is reported exactly once.</summary>
/// <param name="guard">The breaker, and what counts as a failure.</param>
/// <param name="permit">Its permit.</param>
/// <param name="time">Measures the call.</param>
/// <param name="record">The request that it is made for.</param>
/// <param name="upload">The body that the client sends while the call runs; null where the gateway has all of it before.</param>
internal sealed class GuardedCall(Guard guard, CallPermit permit, TimeProvider time, RequestRecord record, WatchedBody? upload = null)
{
    private long _started = time.GetTimestamp();
    private bool _reported;
    private int? _status;
    private TimeSpan? _retryAfter;
    private TimeSpan? _latency;   // null before the headers

    /// <summary>Those of the moment of the permit: an edit while the call runs is for others.</summary>
    public StatusSet FailureStatuses { get; } = guard.FailureStatuses;

    /// <summary>The call goes out only now: what it waited for until here is none of its duration.</summary>
    public void Begin() => _started = time.GetTimestamp();

    /// <summary>
    /// A failure that the status alone proves is reported here, before a byte goes to the client, so that the client's next
    /// request meets the new state. A call that looks well has to show its whole body first.
    /// </summary>
    public void HeadersArrived(HttpResponseMessage answer)
    {
        _status = (int)answer.StatusCode;
        _latency = WaitForUpstream();
        _retryAfter = RetryAfter.Of(answer, time);
        if (FailureStatuses.Contains(_status.Value))
        {
            Finish(new Verdict(CallOutcome.Failure, CallCause.Status5xx));
        }
    }

    public void Finish(Verdict verdict)
    {
        if (_reported)
        {
            return;
        }

        _reported = true;
        guard.Breaker.Record(permit, verdict.Outcome switch
        {
            CallOutcome.Success => CallResult.Succeeded(_latency ?? WaitForUpstream()),
            CallOutcome.Ignored => CallResult.Ignored(verdict.Cause),
            CallOutcome.NotAttempted => CallResult.NotAttempted,
            _ => CallResult.Failure(
                verdict.Cause, time.GetElapsedTime(_started), _status, _retryAfter, record.TraceId ?? record.CorrelationId, _latency ?? WaitForUpstream()),
        });
    }

    // A client that sends slowly, or takes its answer slowly, says nothing about the upstream: only what passed since the client was last
    // waited for counts, and only until the headers.
    private TimeSpan WaitForUpstream() => upload switch
    {
        null => time.GetElapsedTime(_started),
        { LastRead: { } read } => time.GetElapsedTime(Math.Max(_started, read)),
        _ => TimeSpan.Zero,   // it waits for the client even now
    };
}
