namespace EventGateway.Aggregator;

/// <summary>The way to the upstreams of one request. Its methods are called from several threads at once.</summary>
public interface IUpstream
{
    /// <summary>Sends a GET and returns when the headers have been read and the body has not. Redirects aren't followed.</summary>
    /// <param name="call">What to call.</param>
    /// <param name="cancellationToken">Cancelled when the call is out of time or nobody needs it any more; must end the call soon.</param>
    /// <exception cref="HttpRequestException">No answer could be had.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled or timed out by itself.</exception>
    /// <exception cref="UpstreamUnavailableException">The call was not attempted.</exception>
    Task<HttpResponseMessage> SendAsync(UpstreamCall call, CancellationToken cancellationToken);

    /// <summary>
    /// Told of each call that <see cref="SendAsync"/> had an answer for, before its body is read: what an upstream does here needs no task of its own
    /// around the client's. Default: nothing.
    /// </summary>
    /// <param name="call">The call, as it was given to <see cref="SendAsync"/>.</param>
    /// <param name="answer">What the task of <see cref="SendAsync"/> gave.</param>
    void Answered(UpstreamCall call, HttpResponseMessage answer)
    {
    }

    /// <summary>
    /// Told once for each call of <see cref="SendAsync"/>, when the body has been read and judged or the call failed. Of a shared call, the way that
    /// it went is told this, and each request that waited for it is told what it got: when it left before the end, that it did.
    /// </summary>
    /// <param name="call">The call, as it was given to <see cref="SendAsync"/>.</param>
    /// <param name="result">What came of it.</param>
    void Finished(UpstreamCall call, PartResult result);

    /// <summary>
    /// What an answer may depend on besides step and path: who asks, and what of their request is passed on. Calls for which this is equal may be one.
    /// Only steps that share their calls ask for it.
    /// </summary>
    UInt128 CallerOf(StepPlan step);

    /// <summary>
    /// The way for one shared call of this step, which this request begins. The call may go on when the request is over and others wait for it: nothing
    /// of the request may be looked at any more when this has returned.
    /// </summary>
    IUpstream Detach(StepPlan step);

    /// <summary>Told when this request waits for a call that another one has begun; <see cref="Finished"/> follows.</summary>
    /// <param name="call">The call.</param>
    /// <param name="way">What <see cref="Detach"/> gave for it.</param>
    void Joined(UpstreamCall call, IUpstream way);
}
