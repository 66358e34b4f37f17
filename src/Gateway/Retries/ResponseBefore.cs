using EventGateway.Gateway.Requests;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Forwarder;

namespace EventGateway.Gateway.Retries;

/// <summary>The response as the first attempt finds it, so that the next one can: the gateway's own headers, and nothing that an attempt has left behind.</summary>
internal sealed class ResponseBefore(HttpContext context, RequestRecord record)
{
    private readonly KeyValuePair<string, StringValues>[] _headers = [.. context.Response.Headers];
    private readonly IHttpRequestLifetimeFeature _lifetime = context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>();

    public void Restore()
    {
        context.Response.Clear();
        foreach (var (name, values) in _headers)
        {
            context.Response.Headers[name] = values;
        }

        context.Features.Set(_lifetime);
        context.Features.Set<IForwarderErrorFeature>(null);
        record.Call = null;
        record.Guarded = null;
    }
}
