using EventGateway.Gateway.Errors;

namespace EventGateway.Gateway.Requests;

/// <summary>
/// Refuses requests whose length has two meanings (RFC 9112 §6.1), the raw material of request smuggling. Kestrel renames the
/// Content-Length of such a request to X-Content-Length, and closes the connection after the answer.
/// </summary>
internal sealed class FramingMiddleware(RequestDelegate next)
{
    public const string RenamedContentLength = "X-Content-Length";

    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (headers.TransferEncoding.Count == 0)
        {
            return next(context);
        }

        if (headers.ContainsKey(RenamedContentLength))
        {
            return context.WriteErrorAsync(GatewayError.ConflictingFraming);
        }

        // Any other coding than chunked alone is one that the next server may understand otherwise, or not at all.
        // HTTP/1.0 knows none at all (RFC 9112 §6.1).
        return headers.TransferEncoding is not [{ } coding] || !coding.Equals("chunked", StringComparison.OrdinalIgnoreCase)
            || HttpProtocol.IsHttp10(context.Request.Protocol)
            ? context.WriteErrorAsync(GatewayError.UnsupportedTransferCoding)
            : next(context);
    }
}
