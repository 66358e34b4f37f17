using EventGateway.Aggregator;
using EventGateway.Gateway.Errors;
using Yarp.ReverseProxy.Model;

namespace EventGateway.Gateway.Requests;

/// <summary>Notes the configured name of what will serve the request, for logs and labels, and answers where nothing will.</summary>
internal sealed class RouteMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint() is not { } endpoint)
        {
            return context.WriteErrorAsync(RawPath.HasDotSegment(RawPath.Of(context)) ? GatewayError.BadPath : GatewayError.NotFound);
        }

        RequestRecord.Of(context).Route =
            endpoint.Metadata.GetMetadata<RouteModel>()?.Config.RouteId
            ?? endpoint.Metadata.GetMetadata<AggregationPlan>()?.Name
            ?? RequestRecord.NoRoute;
        return next(context);
    }
}
