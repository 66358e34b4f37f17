using System.Buffers;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Access;
using EventGateway.Gateway.Caching;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Retries;
using EventGateway.Gateway.Telemetry.Tracing;
using EventGateway.Gateway.Versions;
using Microsoft.AspNetCore.Http.Features;

namespace EventGateway.Gateway.Requests;

/// <summary>What the gateway knows of one request: made at its start, written to the access log at its end.</summary>
internal sealed class RequestRecord(string correlationId, CancellationToken clientGone, string? traceParent = null, RequestMetrics? metrics = null)
{
    public const string CorrelationHeader = "X-Correlation-Id";

    /// <summary>Stands for the route of a request that matched none.</summary>
    public const string NoRoute = "none";

    private const int LongestCorrelationId = 64;

    private static readonly SearchValues<char> CorrelationCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    private int _retries;       // by Interlocked
    private int _sharedCalls;   // by Interlocked

    /// <summary>Follows the request to the upstream and back to the client.</summary>
    public string CorrelationId { get; } = correlationId;

    /// <summary>The <c>traceparent</c> that came with the request; null for none, or one that is none.</summary>
    public string? TraceParent { get; } = traceParent;

    /// <summary>The trace in which the request can be found, if it belongs to one.</summary>
    public string? TraceId => TraceContext.TraceIdOf(TraceParent);

    /// <summary>The connection's own token: unlike <see cref="HttpContext.RequestAborted"/> it knows no route timeout.</summary>
    public CancellationToken ClientGone { get; } = clientGone;

    /// <summary>Name of the route or aggregation, for logs and labels.</summary>
    public string Route { get; set; } = NoRoute;

    /// <summary>The version of which the request's path speaks; null where it speaks of none.</summary>
    public VersionPlan? Version { get; set; }

    /// <summary>What that route or aggregation asks of its clients.</summary>
    public EndpointPolicies Policies { get; set; } = EndpointPolicies.None;

    /// <summary>The client whose API key came with the request, as the configuration calls it.</summary>
    public string? Client { get; set; }

    /// <summary>The call that a route makes for the request; of several attempts the last. Null before it, and where the gateway answers by itself.</summary>
    /// <remarks>
    /// This and the two that follow are what steps and transforms hand to each other. As features of their own, to ask for one that isn't there cost
    /// more than any: Kestrel looks through all that it has, and then through the connection's.
    /// </remarks>
    public ProxiedCall? Call { get; set; }

    /// <summary>The breaker's permit for that call; null where no breaker guards the route.</summary>
    public GuardedCall? Guarded { get; set; }

    /// <summary>The attempts that the call is one of; null where none but the first may be made.</summary>
    public RetriedCall? Retried { get; set; }

    public string? Cluster { get; set; }

    /// <summary>As YARP knows it; <see cref="PinnedDestinations.NameOf"/> has its name.</summary>
    public string? DestinationId { get; set; }

    public TimeSpan? UpstreamDuration { get; set; }

    public string? Breaker { get; set; }

    public CircuitState? BreakerState { get; set; }

    /// <summary>What the output cache did; null where the route or aggregation has no policy for it.</summary>
    public CacheResult? Cache { get; set; }

    /// <summary>The coding in which the gateway compressed the answer; null where it left it as it was.</summary>
    public string? Coding { get; set; }

    /// <summary>Why the request did not simply succeed: the code of the gateway's own error, or the cause of the upstream's failure.</summary>
    public string? Cause { get; set; }

    /// <summary>Calls that were made again for this request.</summary>
    public int Retries => Volatile.Read(ref _retries);

    /// <summary>The gateway answers with an error of its own.</summary>
    public void Fail(GatewayError error)
    {
        Cause = error.Code;
        if (error.Rejection is { } reason)
        {
            metrics?.Rejected(Route, reason);
        }
    }

    /// <summary>By several threads at once: an aggregation's calls run side by side.</summary>
    public void CountRetry() => Interlocked.Increment(ref _retries);

    /// <summary>Parts of an aggregation that took calls which other requests had begun.</summary>
    public int SharedCalls => Volatile.Read(ref _sharedCalls);

    /// <summary>By several threads at once, as retries are.</summary>
    public void CountSharedCall() => Interlocked.Increment(ref _sharedCalls);

    public static RequestRecord Of(HttpContext context) => context.Features.GetRequiredFeature<RequestRecord>();

    /// <summary>The client's id if it is harmless in logs and headers, else one of our own.</summary>
    public static string CorrelationIdFor(HttpRequest request)
    {
        var values = request.Headers[CorrelationHeader];
        return values is [{ Length: > 0 and <= LongestCorrelationId } id] && !id.AsSpan().ContainsAnyExcept(CorrelationCharacters)
            ? id
            : NewId();
    }

    // Nobody gains by guessing one. A new Guid would ask the kernel for its bits, at the price of a tenth of the gateway's own time.
    private static string NewId() => string.Create(2 * sizeof(long) * 2, 0, static (id, _) =>
    {
#pragma warning disable CA5394, RS0030 // see above, and no test needs to
        Span<byte> bits = stackalloc byte[2 * sizeof(long)];
        Random.Shared.NextBytes(bits);
#pragma warning restore CA5394, RS0030
        Convert.TryToHexStringLower(bits, id, out var _);
    });
}
