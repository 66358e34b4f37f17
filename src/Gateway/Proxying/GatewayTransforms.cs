using System.Net;
using EventGateway.Aggregator;
using EventGateway.Gateway.Aggregation;
using EventGateway.Gateway.Cors;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Retries;
using EventGateway.Gateway.Telemetry.Tracing;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace EventGateway.Gateway.Proxying;

/// <summary>What every route does to headers and path beyond YARP's own handling.</summary>
internal sealed class GatewayTransforms : ITransformProvider
{
    // These carry the message itself. A Connection header that names them asks for a broken message, not for a hop's privacy.
    private static readonly HashSet<string> NeverDropped =
        new(StringComparer.OrdinalIgnoreCase) { HeaderNames.Host, HeaderNames.ContentLength, HeaderNames.ContentType, HeaderNames.TransferEncoding };

    public void ValidateRoute(TransformRouteValidationContext context)
    {
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
    }

    public void Apply(TransformBuilderContext context)
    {
        var foreign = ForeignHeaders.Of(context.Route);
        var keepsHost = Writes(context.Route, "RequestHeaderOriginalHost");
        var writesQuery = Writes(context.Route, "Query");

        // Before YARP adds its own X-Forwarded-* headers, which a client must not be able to drop by naming them in Connection.
        context.AddRequestTransform(request =>
        {
            // YARP takes the client's Host out at the end. Out at the start it leaves its place to one of those that are added, and the table needn't grow.
            if (!keepsHost)
            {
                request.ProxyRequest.Headers.Remove(HeaderNames.Host);
            }

            DropHopByHop(request);
            foreign.Drop(request.ProxyRequest.Headers);
            KeepTarget(request, writesQuery);
            var record = RequestRecord.Of(request.HttpContext);
            request.ProxyRequest.Headers.Remove(RequestRecord.CorrelationHeader);
            request.ProxyRequest.Headers.TryAddWithoutValidation(RequestRecord.CorrelationHeader, record.CorrelationId);
            TraceContext.DropBroken(request.ProxyRequest.Headers, request.HttpContext.Request.Headers, record.TraceParent);
            record.Call?.Begin();
            return ValueTask.CompletedTask;
        });
        context.AddResponseTransform(response =>
        {
            var record = RequestRecord.Of(response.HttpContext);
            if (response.ProxyResponse is { } answer)
            {
                record.Call?.HeadersArrived((int)answer.StatusCode);
                if (!AnswerFraming.IsSound(answer))
                {
                    throw new InvalidOperationException("The upstream's answer contradicts itself about its length, or has no status.");
                }

                if (IsTriedAgain(record, response.HttpContext, answer))
                {
                    response.SuppressResponseBody = true;   // nothing of it goes to the client
                    return ValueTask.CompletedTask;
                }

                DropHopByHop(answer, response.HttpContext.Response.Headers);
                response.HttpContext.Response.Headers.Remove(AggregationHandler.PartialHeader);   // only the gateway can say so
                DropImpossibleBody(response, answer);
            }

            if (record.Policies.Cors is not null)
            {
                response.HttpContext.Response.Headers.DropCorsHeaders();
            }

            response.HttpContext.Response.Headers[RequestRecord.CorrelationHeader] = record.CorrelationId;
            return IsEventStream(response) ? new ValueTask(response.HttpContext.Response.Body.FlushAsync()) : ValueTask.CompletedTask;
        });
    }

    private static bool Writes(RouteConfig route, string prefix) =>
        route.Transforms?.Any(transform => transform.Keys.Any(key => key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))) == true;

    private static bool IsTriedAgain(RequestRecord record, HttpContext context, HttpResponseMessage answer) =>
        record.Retried is { } call && !context.RequestAborted.IsCancellationRequested && call.TryAfter(answer, RetryMiddleware.GuardOf(context));

    // RFC 9110 §7.6.1: what Connection names belongs to this hop. YARP knows only the usual names.
    private static void DropHopByHop(RequestTransformContext request)
    {
        var headers = request.ProxyRequest.Headers;
        foreach (var name in NamesIn(request.HttpContext.Request.Headers.Connection))
        {
            headers.Remove(name);
            request.ProxyRequest.Content?.Headers.Remove(name);
        }

        // With Expect, .NET would hold the body back for a second and take the call for one that may be repeated.
        headers.Remove(HeaderNames.Expect);

        // YARP drops the trailers, so that their announcement would be untrue; and an empty Host would stand beside the upstream's own.
        headers.Remove(HeaderNames.Trailer);
        if (!request.HttpContext.Request.Host.HasValue)
        {
            headers.Remove(HeaderNames.Host);
        }
    }

    private static void DropHopByHop(HttpResponseMessage answer, IHeaderDictionary headers)
    {
        headers.Remove(HeaderNames.Trailer);
        if (answer.Headers.NonValidated.TryGetValues(HeaderNames.Connection, out var connection))
        {
            foreach (var value in connection)
            {
                foreach (var name in NamesIn(value))
                {
                    headers.Remove(name);
                }
            }
        }
    }

    // Neither can have a body, whatever length the upstream gives (RFC 9110 §15.3.5 and §15.3.6); Kestrel would fail over the difference.
    private static void DropImpossibleBody(ResponseTransformContext response, HttpResponseMessage answer)
    {
        if (answer.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.ResetContent)
        {
            response.HttpContext.Response.ContentLength = null;
            response.SuppressResponseBody = true;
        }
    }

    // YARP sends the head with the first byte of the body. A page that waits for events wants to know at once that it is connected. This is the
    // last of the transforms: the head is what it is going to be.
    private static bool IsEventStream(ResponseTransformContext response) =>
        response.ProxyResponse is { StatusCode: HttpStatusCode.OK }
        && response.HttpContext.Response.ContentType?.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) == true
        && !HttpMethods.IsHead(response.HttpContext.Request.Method);

    private static IEnumerable<string> NamesIn(StringValues connection) => connection.Count == 0 || connection is ["keep-alive" or "close"]
        ? []
        : connection.ToString()
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            // HttpHeaders throws on a name that is no token; such a name names no header.
            .Where(name => HeaderSyntax.IsToken(name) && !NeverDropped.Contains(name) && !name.Equals(HeaderNames.Upgrade, StringComparison.OrdinalIgnoreCase));

    // YARP builds the target from the decoded path, which turns %2F into %252F, and lets Uri rewrite escapes in the query. Dot
    // segments are gone from the decoded path but not from the raw one: there the decoded form is the safe one. What no target can have, Kestrel
    // takes from clients all the same; nothing further down would encode it.
    private static void KeepTarget(RequestTransformContext request, bool writesQuery)
    {
        var context = request.HttpContext;
        if (request.ProxyRequest.RequestUri is null && request.Path == context.Request.Path)
        {
            var raw = RawPath.BelowVersion(context);
            var path = raw.Contains('%') && !RawPath.HasDotSegment(raw) ? RawPath.Escape(raw) : context.Request.Path.ToUriComponent();
            var query = writesQuery ? request.Query.QueryString : context.Request.QueryString;   // to ask for the first is to make it
            request.ProxyRequest.RequestUri = UpstreamUri.Join(request.DestinationPrefix, path, RawPath.EscapeQuery(query.Value));
        }
    }
}
