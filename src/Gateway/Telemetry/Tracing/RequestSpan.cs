using System.Diagnostics;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Requests;
using Microsoft.AspNetCore.Http.Metadata;

namespace EventGateway.Gateway.Telemetry.Tracing;

/// <summary>
/// Gives the framework's span of a request its name and attributes, by OpenTelemetry's conventions for HTTP servers: the framework
/// leaves this to a package. The gateway's own attributes are those of the access log.
/// </summary>
internal static class RequestSpan
{
    private const int LowestServerError = 500;

    public static void Complete(HttpContext context, RequestRecord record)
    {
        if (Spans.Recorded is not { } span)
        {
            return;
        }

        var endpoint = context.GetEndpoint();
        if (endpoint?.Metadata.GetMetadata<IDisableHttpMetricsMetadata>() is not null)
        {
            span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;   // what the metrics leave out, the traces do
            return;
        }

        Describe(span, context, (endpoint as RouteEndpoint)?.RoutePattern.RawText);
        span.SetTag("gateway.route", record.Route);
        span.SetTag("gateway.cluster", record.Cluster);
        span.SetTag("gateway.destination", record.DestinationId is { } id ? PinnedDestinations.NameOf(id).ToString() : null);
        span.SetTag("gateway.cause", record.Cause);
        span.SetTag("gateway.retries", record.Retries > 0 ? record.Retries : null);
        span.SetTag("gateway.shared_calls", record.SharedCalls > 0 ? record.SharedCalls : null);
        span.SetTag("gateway.breaker", record.Breaker);
        span.SetTag("gateway.breaker.state", record.BreakerState?.ToLabel());
        span.SetTag("gateway.correlation_id", record.CorrelationId);
    }

    private static void Describe(Activity span, HttpContext context, string? route)
    {
        var request = context.Request;
        var method = UpstreamMetrics.KnownMethod(request.Method);
        var name = method == UpstreamMetrics.OtherMethod ? "HTTP" : method;
        span.DisplayName = route is null ? name : $"{name} {route}";
        span.SetTag("http.request.method", method);
        span.SetTag("http.request.method_original", method == request.Method ? null : request.Method);
        span.SetTag("http.route", route);
        span.SetTag("url.scheme", request.Scheme);
        span.SetTag("url.path", RawPath.Of(context).ToString());
        span.SetTag("server.address", request.Host.Host);
        span.SetTag("server.port", request.Host.Port);
        span.SetTag("client.address", context.Connection.RemoteIpAddress?.ToString());
        span.SetTag("user_agent.original", request.Headers.UserAgent is [{ } agent] ? agent : null);
        span.SetTag("network.protocol.version", request.Protocol is ['H', 'T', 'T', 'P', '/', .. var version] ? version : null);

        var status = context.Response.StatusCode;
        span.SetTag("http.response.status_code", status);
        if (status >= LowestServerError)
        {
            span.SetTag("error.type", status.ToString(System.Globalization.CultureInfo.InvariantCulture));
            span.SetStatus(ActivityStatusCode.Error);
        }
    }
}
