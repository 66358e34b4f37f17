using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Https;

/// <summary>Tells browsers that came by HTTPS to stay with it (RFC 6797). Over HTTP it must not be said: anybody on the way could have said it.</summary>
internal sealed class HstsMiddleware(RequestDelegate next, LiveConfiguration live)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (live.Current.Https.Hsts is { } value && context.Request.IsHttps)
        {
            // At the last moment: an error clears the headers, and an upstream may have a word of its own.
            context.Response.OnStarting(static state =>
            {
                var (response, value) = ((HttpResponse, string))state;
                response.Headers.StrictTransportSecurity = value;
                return Task.CompletedTask;
            }, (context.Response, value));
        }

        return next(context);
    }
}
