using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Https;

/// <summary>Tells browsers that came by HTTPS to stay with it (RFC 6797). Over HTTP it must not be said: anybody on the way could have said it.</summary>
internal sealed class HstsMiddleware(RequestDelegate next, LiveConfiguration live)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (live.Current.Https.Hsts is { } value)
        {
            // At the last moment: an error clears the headers, an upstream may have a word of its own, and a trusted proxy is yet to be heard.
            context.Response.OnStarting(static state =>
            {
                var (context, value) = ((HttpContext, string))state;
                if (context.Request.IsHttps)
                {
                    context.Response.Headers.StrictTransportSecurity = value;
                }

                return Task.CompletedTask;
            }, (context, value));
        }

        return next(context);
    }
}
