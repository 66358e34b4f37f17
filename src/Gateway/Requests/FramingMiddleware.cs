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
        return headers.TransferEncoding.Count > 0 && headers.ContainsKey(RenamedContentLength)
            ? context.WriteErrorAsync(GatewayError.ConflictingFraming)
            : next(context);
    }
}
