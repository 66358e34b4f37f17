using EventGateway.Gateway.Requests;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace EventGateway.Gateway.Compression;

/// <summary>
/// Compresses what came plain, on routes and aggregations that ask for it, by the framework's middleware; and says of the answer what then
/// holds: that it varies, and that its bytes aren't those of the upstream.
/// </summary>
internal sealed class CompressionMiddleware
{
    private const string Vary = "Accept-Encoding";

    private readonly RequestDelegate _next;
    private readonly RequestDelegate _compressing;
    private readonly IResponseCompressionProvider _provider;
    private readonly CompressionMetrics _metrics;

    public CompressionMiddleware(RequestDelegate next, IResponseCompressionProvider provider, CompressionMetrics metrics)
    {
        _next = next;
        _compressing = new ResponseCompressionMiddleware(NextUnbuffered, provider).Invoke;
        _provider = provider;
        _metrics = metrics;
    }

    public Task InvokeAsync(HttpContext context) =>
        RequestRecord.Of(context).Policies is { Compress: true } policies && !CompressionRules.MayAskForSecrets(context.Request, policies)
            ? CompressAsync(context)
            : _next(context);

    private Task CompressAsync(HttpContext context)
    {
        context.Response.OnStarting(() =>
        {
            Complete(context);
            return Task.CompletedTask;
        });
        return HttpMethods.IsHead(context.Request.Method) ? _next(context) : _compressing(context);
    }

    // Each piece goes on at once: a stream stays one, and an answer has begun once a byte of it has come, so that no error can take its place.
    private Task NextUnbuffered(HttpContext context)
    {
        context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
        return _next(context);
    }

    private void Complete(HttpContext context)
    {
        var response = context.Response;
        if (CompressionRules.WasChosen(context) && response.Headers.ContentEncoding is [{ } coding])
        {
            var record = RequestRecord.Of(context);
            record.Coding = coding;
            _metrics.Compressed(record.Route, coding);
            ForgetBytes(response.Headers);
            return;
        }

        // A 304 has to say what the answer said that the client has.
        var isNotModified = response.StatusCode == StatusCodes.Status304NotModified;
        if (!isNotModified && !CompressionRules.Allow(response))
        {
            return;
        }

        if (!response.Headers.Vary.Any(value => value is "*" || value?.Contains(Vary, StringComparison.OrdinalIgnoreCase) == true))
        {
            response.Headers.Vary = StringValues.Concat(response.Headers.Vary, Vary);
        }

        var wouldBe = isNotModified || HttpMethods.IsHead(context.Request.Method);
        if (wouldBe && _provider.CheckRequestAcceptsCompression(context) && _provider.GetCompressionProvider(context) is not null)
        {
            response.ContentLength = null;
            ForgetBytes(response.Headers);
        }
    }

    // The same content in other bytes: a weak validator (RFC 9110 §8.8.1), and no ranges of them.
    private static void ForgetBytes(IHeaderDictionary headers)
    {
        headers.Remove(HeaderNames.AcceptRanges);
        if (headers.ETag is [{ } tag] && tag.StartsWith('"'))
        {
            headers.ETag = $"W/{tag}";
        }
    }
}
