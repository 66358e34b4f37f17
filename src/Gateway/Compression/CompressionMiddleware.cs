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
        RequestRecord.Of(context).Policies is { Compress: true } policies && !CompressionRules.MayAskForSecrets(context, policies)
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
        var (request, response) = (context.Request, context.Response);
        var coding = CompressionRules.WasChosen(context) && response.Headers.ContentEncoding is [{ } chosen] ? chosen : null;
        if (coding is null && !(response.StatusCode == StatusCodes.Status304NotModified ? CompressionRules.AllowedBefore(request, response) : CompressionRules.Allow(response)))
        {
            return;
        }

        Vary(response.Headers);
        if (coding is not null)
        {
            var record = RequestRecord.Of(context);
            record.Coding = coding;
            _metrics.Compressed(record.Route, coding);
            ForgetBytes(response.Headers);
        }
        else if (WouldBeCompressed(context))
        {
            response.ContentLength = null;
            ForgetBytes(response.Headers);
        }
    }

    // HEAD says what GET would, and a 304 what the answer said that the client has.
    private bool WouldBeCompressed(HttpContext context) =>
        (HttpMethods.IsHead(context.Request.Method) || context.Response.StatusCode == StatusCodes.Status304NotModified)
        && (CompressionRules.HasCompressed(context.Request, context.Response)
            || (_provider.CheckRequestAcceptsCompression(context) && _provider.GetCompressionProvider(context) is not null));

    // "*" says more than any name beside it. The framework adds its own to whatever is there.
    private static void Vary(IHeaderDictionary headers)
    {
        var names = headers.GetCommaSeparatedValues(HeaderNames.Vary);
        if (names.Contains("*"))
        {
            headers.Vary = "*";
        }
        else if (!names.Contains(HeaderNames.AcceptEncoding, StringComparer.OrdinalIgnoreCase))
        {
            headers.Vary = StringValues.Concat(headers.Vary, HeaderNames.AcceptEncoding);
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
