using EventGateway.Aggregator;
using EventGateway.Gateway.Access;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Proxying;
using Yarp.ReverseProxy.Model;

namespace EventGateway.Gateway.Requests;

/// <summary>Notes what will serve the request, and what it asks of clients, and answers where nothing will or may.</summary>
internal sealed class RouteMiddleware(RequestDelegate next, LiveConfiguration live)
{
    private static readonly string AllMethods = string.Join(", ", YarpRules.Methods);

    public Task InvokeAsync(HttpContext context)
    {
        var endpoint = context.GetEndpoint();
        var record = RequestRecord.Of(context);
        if (endpoint?.Metadata.GetMetadata<RouteModel>() is { } route)
        {
            record.Route = route.Config.RouteId;
            record.Policies = live.Current.RoutePolicies.GetValueOrDefault(record.Route, EndpointPolicies.None);
            ExtendedConnect.GoOnAsConnect(context);
        }
        else if (endpoint?.Metadata.GetMetadata<AggregationPlan>() is { } aggregation)
        {
            record.Route = aggregation.Name;
            record.Policies = live.Current.AggregationPolicies.GetValueOrDefault(record.Route, EndpointPolicies.None);
        }

        if (RefusalOf(context) is not { } refusal)
        {
            return next(context);
        }

        if (refusal == GatewayError.NotFound)
        {
            record.Route = RequestRecord.NoRoute;
        }

        if (refusal.Status == StatusCodes.Status405MethodNotAllowed)
        {
            context.Response.Headers.Allow = AllMethods;
        }

        return context.WriteErrorAsync(refusal);
    }

    /// <summary>Why a request that has been routed goes no further, whatever its route says; null where it may.</summary>
    internal static GatewayError? RefusalOf(HttpContext context)
    {
        var path = RawPath.Of(context);
        var endpoint = context.GetEndpoint();
        if (RawPath.IsAmbiguous(path) || (endpoint is null && RawPath.HasDotSegment(path)))
        {
            return GatewayError.BadPath;
        }

        if (endpoint is null || RequestRecord.Of(context).Version?.Has(endpoint) == false)
        {
            return GatewayError.NotFound;
        }

        // Only a route without methods lets them come this far.
        return endpoint.Metadata.GetMetadata<RouteModel>() is null || MayPass(context) ? null : GatewayError.MethodNotAllowed(context.Request.Method);
    }

    // TRACE gives the headers back that the upstream alone should see, and CONNECT asks for a tunnel. That of HTTP/2 (RFC 8441) opens a WebSocket.
    private static bool MayPass(HttpContext context) =>
        !HttpMethods.IsTrace(context.Request.Method)
        && (!HttpMethods.IsConnect(context.Request.Method) || ExtendedConnect.IsWebSocket(context));
}
