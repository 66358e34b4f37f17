using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Https;
using EventGateway.Gateway.Management;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace EventGateway.Gateway.OpenApi;

/// <summary>
/// <c>/openapi/v1.json</c>: what clients can ask for. On the management port always, with <c>/docs</c> to read it; on the public port where the
/// configuration wants it. Its path isn't free for others either way.
/// </summary>
internal sealed class OpenApiEndpoints(LiveConfiguration live, IServer server)
{
    public const string DocumentPath = "/openapi/v1.json";
    public const string PagePath = "/docs";

    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];
    private static readonly WebPage Page = WebPage.Of("Docs", "docs");

    private OpenApiDocument? _last;
    private OpenApiDocument? _lastForOperators;

    public void MapPublic(IEndpointRouteBuilder endpoints) => endpoints.MapMethods(DocumentPath, Methods, AnswerPublicAsync).DisableHttpMetrics();

    public void MapManagement(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods(
            DocumentPath, Methods, context => WriteAsync(context, OpenApiDocument.Of(live.Current, UrlOf(context.Request.Host), ref _lastForOperators))).DisableHttpMetrics();
        endpoints.MapMethods(PagePath, Methods, static context => Page.WriteAsync(context.Response)).DisableHttpMetrics();
    }

    private async Task AnswerPublicAsync(HttpContext context)
    {
        if (!live.Current.Options.PublicOpenApi)
        {
            await context.WriteErrorAsync(GatewayError.NotFound);
            return;
        }

        await Task.Yield();   // who comes first after an edit has the document made: not by the threads that wait for sockets
        await WriteAsync(context, OpenApiDocument.Of(live.Current, server: null, ref _last));
    }

    // Nothing of the API answers on the operator's port. Of the public one the gateway knows the number, and the operator the name.
    private string UrlOf(HostString operators)
    {
        var addresses = server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        var address = BindingAddress.Parse((live.Current.Https.RedirectFromHttp ? HttpsListener.AddressIn(addresses) : null) ?? addresses.First());
        return $"{address.Scheme}://{new HostString(operators.HasValue ? operators.Host : "localhost", address.Port).ToUriComponent()}";
    }

    private static Task WriteAsync(HttpContext context, OpenApiDocument document)
    {
        var response = context.Response;
        response.SetSecurityHeaders();
        response.Headers.ETag = document.Tag.ToString();
        response.Headers.CacheControl = "no-cache";   // may be kept, and is to be asked for each time: an edit changes it
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(tag => tag.Tag == "*" || tag.Compare(document.Tag, useStrongComparison: false)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        response.ContentType = "application/json";
        response.ContentLength = document.Json.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(document.Json).AsTask();
    }
}
