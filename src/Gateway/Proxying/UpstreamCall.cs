using EventGateway.CircuitBreaking;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;

namespace EventGateway.Gateway.Proxying;

/// <summary>
/// One proxied call: what transforms saw of it, and how it ended. It also stands between YARP and the connection, because YARP
/// aborts the connection itself when an answer breaks off, and afterwards nobody could tell that from a client that left.
/// </summary>
internal sealed class UpstreamCall(
    IHttpRequestLifetimeFeature connection, IHttpRequestTimeoutFeature? timeout, CancellationToken clientGone) : IHttpRequestLifetimeFeature
{
    private bool _abortedHere;
    private bool _clientLeftBefore;

    /// <summary>Whether a request to a destination was really made.</summary>
    public bool Attempted { get; set; }

    /// <summary>The upstream's status, once its headers have arrived.</summary>
    public int? Status { get; set; }

    /// <summary>Time from the decision to forward until the end of the body.</summary>
    public TimeSpan Duration { get; set; }

    /// <summary>How the call ended; meaningless before it has.</summary>
    public Verdict Verdict { get; set; }

    public bool ClientLeft => _abortedHere ? _clientLeftBefore : clientGone.IsCancellationRequested;

    /// <summary>The route's total timeout ran out. Its token is also cancelled when the client leaves, which YARP can't tell apart.</summary>
    public bool TimedOut => !ClientLeft && timeout is { RequestTimeoutToken.IsCancellationRequested: true };

    CancellationToken IHttpRequestLifetimeFeature.RequestAborted
    {
        get => connection.RequestAborted;
        set => connection.RequestAborted = value;
    }

    void IHttpRequestLifetimeFeature.Abort()
    {
        _clientLeftBefore = ClientLeft;
        _abortedHere = true;
        connection.Abort();
    }
}

/// <summary>What a call says about its upstream, in the words of <c>gateway_upstream_errors_total</c>.</summary>
internal readonly record struct Verdict(CallOutcome Outcome, CallCause Cause);
