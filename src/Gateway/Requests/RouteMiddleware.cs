using EventGateway.Aggregator;
using EventGateway.Gateway.Access;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Errors;
using Yarp.ReverseProxy.Model;

namespace EventGateway.Gateway.Requests;

/// <summary>Notes what will serve the request, and what it asks of clients, and answers where nothing will.</summary>
internal sealed class RouteMiddleware(RequestDelegate next, LiveConfiguration live)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint() is not { } endpoint)
        {
            return context.WriteErrorAsync(RawPath.HasDotSegment(RawPath.Of(context)) ? GatewayError.BadPath : GatewayError.NotFound);
        }

        var record = RequestRecord.Of(context);
        if (endpoint.Metadata.GetMetadata<RouteModel>() is { } route)
        {
            record.Route = route.Config.RouteId;
            record.Policies = live.Current.RoutePolicies.GetValueOrDefault(record.Route, EndpointPolicies.None);
        }
        else if (endpoint.Metadata.GetMetadata<AggregationPlan>() is { } aggregation)
        {
            record.Route = aggregation.Name;
            record.Policies = live.Current.AggregationPolicies.GetValueOrDefault(record.Route, EndpointPolicies.None);
        }

        return next(context);
    }
}
