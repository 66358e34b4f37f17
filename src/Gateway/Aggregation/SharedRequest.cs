using System.Text;
using EventGateway.Aggregator;
using EventGateway.Gateway.Access;
using EventGateway.Gateway.Caching;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Telemetry.Tracing;

namespace EventGateway.Gateway.Aggregation;

/// <summary>A request as far as its calls depend on it: what has to be equal for a call to be shared, and what a shared call takes along.</summary>
internal static class SharedRequest
{
    /// <summary>
    /// Who asks, by all that they show, and what of their request is passed on. Scheme, host and prefix are among it: an upstream makes links of them.
    /// The client's address isn't, nor are correlation and trace: an upstream that answers by these has no calls to share.
    /// </summary>
    public static UInt128 KeyOf(HttpContext context, StepPlan step)
    {
        var request = context.Request;
        var text = new StringBuilder(256).Append(request.Scheme).Append('\n').Append(request.Host.Value).Append('\n').Append(request.PathBase.Value);
        foreach (var name in ClusterUpstream.HeadersOf(step))
        {
            foreach (var value in request.Headers[name])   // no header has a line break in it
            {
                text.Append('\n').Append(name).Append(':').Append(value);
            }
        }

        return CacheKey.Hash(text.Append("\n\n").Append(Caller.Describe(context)));
    }

    /// <summary>
    /// All that a call of this step looks at, in a context of its own: the server uses a request's context again for the next, and a shared call may last
    /// longer than the request that began it. The record is nobody else's afterwards.
    /// </summary>
    public static HttpContext Detach(HttpContext context, StepPlan step)
    {
        var copy = new DefaultHttpContext();
        copy.Features.Set(RequestRecord.Of(context));
        copy.Connection.RemoteIpAddress = context.Connection.RemoteIpAddress;
        copy.Request.Scheme = context.Request.Scheme;
        copy.Request.Host = context.Request.Host;
        copy.Request.PathBase = context.Request.PathBase;
        foreach (var name in ClusterUpstream.HeadersOf(step).Concat(TraceContext.Headers))
        {
            if (context.Request.Headers.TryGetValue(name, out var values))
            {
                copy.Request.Headers[name] = values;
            }
        }

        return copy;
    }
}
