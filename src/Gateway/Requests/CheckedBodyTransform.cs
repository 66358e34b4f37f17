using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Proxying;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace EventGateway.Gateway.Requests;

/// <summary>
/// Gives the call the body that <see cref="RequestBodyMiddleware"/> has checked. A transform, because these run when nothing can refuse the call
/// any more, and only on the routes that want them.
/// </summary>
internal sealed class CheckedBodyTransform : ITransformProvider
{
    public void ValidateRoute(TransformRouteValidationContext context)
    {
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
    }

    public void Apply(TransformBuilderContext context)
    {
        if (MetadataReader.Read<RouteMetadata>(context.Route.Metadata).RequestBody is not null)
        {
            context.AddRequestTransform(SetBodyAsync);
        }
    }

    private static async ValueTask SetBodyAsync(RequestTransformContext call)
    {
        if (call.HttpContext.Features.Get<CheckedBody>() is { } isChecked && call.ProxyRequest.Content is { } content)
        {
            var body = await isChecked.TakeAsync(call.HttpContext.Request.BodyReader);
            call.HttpContext.Request.Body = new MemoryStream(body, writable: false);
            content.Headers.ContentLength = body.Length;
        }
    }
}
