namespace EventGateway.Aggregator;

/// <summary>The way to the upstreams. Both methods are called from several threads at once.</summary>
public interface IUpstream
{
    /// <summary>Sends a GET and returns when the headers have been read and the body has not. Redirects aren't followed.</summary>
    /// <param name="call">What to call.</param>
    /// <param name="cancellationToken">Cancelled when the call is out of time or nobody needs it any more; must end the call soon.</param>
    /// <exception cref="HttpRequestException">No answer could be had.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled or timed out by itself.</exception>
    /// <exception cref="UpstreamUnavailableException">The call was not attempted.</exception>
    Task<HttpResponseMessage> SendAsync(UpstreamCall call, CancellationToken cancellationToken);

    /// <summary>Told once for each call of <see cref="SendAsync"/>, when the body has been read and judged or the call failed.</summary>
    /// <param name="call">The call, as it was given to <see cref="SendAsync"/>.</param>
    /// <param name="result">What came of it.</param>
    void Finished(UpstreamCall call, PartResult result);
}
