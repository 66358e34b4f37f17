using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Requests;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;

namespace EventGateway.Gateway.Proxying;

/// <summary>
/// One proxied call: what transforms saw of it, and how it ended. It also stands between YARP and the connection, because YARP
/// aborts the connection itself when an answer breaks off: afterwards nobody could tell that from a client that left, and
/// the client could be back before the failure is counted.
/// </summary>
/// <param name="context">The request.</param>
/// <param name="record">What is known of it.</param>
/// <param name="connection">The connection's own lifetime.</param>
/// <param name="aborting">Called before the gateway cuts the connection.</param>
internal sealed class ProxiedCall(
    HttpContext context, RequestRecord record, IHttpRequestLifetimeFeature connection, Action<ProxiedCall> aborting)
    : IHttpRequestLifetimeFeature
{
    private bool _abortedHere;
    private bool _clientLeftBefore;

    public HttpContext Context => context;

    /// <summary>The permit under which it is made; null without a breaker.</summary>
    public GuardedCall? Guarded { get; } = record.Guarded;

    /// <summary>When the decision to forward was taken.</summary>
    public long Started { get; init; }

    /// <summary>Whether a request to a destination was really made.</summary>
    public bool Attempted { get; private set; }

    /// <summary>Ends an attempt that takes too long; null on routes without such a limit.</summary>
    public AttemptTimer? Attempt { get; set; }

    /// <summary>The upstream's status, once its headers have arrived.</summary>
    public int? Status { get; private set; }

    /// <summary>How the call ended; null before it has.</summary>
    public Verdict? Verdict { get; set; }

    /// <summary>Time until the end of the body; meaningless before it.</summary>
    public TimeSpan Duration { get; set; }

    public bool ClientLeft => _abortedHere ? _clientLeftBefore : record.ClientGone.IsCancellationRequested;

    /// <summary>One of the route's timeouts ran out. Their tokens are also cancelled when the client leaves, which YARP can't tell apart.</summary>
    public bool TimedOut => !ClientLeft
        && (Attempt is { Ended: true } || context.Features.Get<IHttpRequestTimeoutFeature>() is { RequestTimeoutToken.IsCancellationRequested: true });

    /// <summary>The time ran out while the upstream was waiting for the client, which hadn't sent its whole body yet.</summary>
    public bool ClientWasSlow => TimedOut && context.Request.Body is WatchedBody { Starved: true };

    /// <summary>A request to a destination is being made.</summary>
    public void Begin()
    {
        Attempted = true;
        Attempt?.Start();
    }

    /// <summary>The upstream's status line and headers are here.</summary>
    public void HeadersArrived(int status)
    {
        Status = status;
        Attempt?.Stop();
    }

    CancellationToken IHttpRequestLifetimeFeature.RequestAborted
    {
        get => connection.RequestAborted;
        set => connection.RequestAborted = value;
    }

    void IHttpRequestLifetimeFeature.Abort()
    {
        _clientLeftBefore = ClientLeft;
        _abortedHere = true;
        aborting(this);
        connection.Abort();
    }
}
