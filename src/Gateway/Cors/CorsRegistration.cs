using EventGateway.Gateway.Requests;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Net.Http.Headers;

namespace EventGateway.Gateway.Cors;

internal static class CorsRegistration
{
    private static readonly string[] ResponseHeaders =
    [
        HeaderNames.AccessControlAllowOrigin, HeaderNames.AccessControlAllowCredentials, HeaderNames.AccessControlExposeHeaders,
        HeaderNames.AccessControlAllowMethods, HeaderNames.AccessControlAllowHeaders, HeaderNames.AccessControlMaxAge,
    ];

    /// <summary>The framework's CORS, by the policies of the configuration.</summary>
    public static void AddCorsPolicies(this IServiceCollection services)
    {
        services.AddCors();
        services.AddSingleton<ICorsPolicyProvider, RouteCorsPolicyProvider>();
    }

    /// <summary>
    /// The framework's CORS, for requests that have a policy. It says <c>Vary: Origin</c> only to pages that may read the answer; a cache on the way must
    /// know it of the others' answers as well, or it gives them to those pages.
    /// </summary>
    public static void UseCorsPolicies(this IApplicationBuilder app) => app.Use(next =>
    {
        // Not by UseCors: it would ask each request's services for the policies, which makes a scope of services for each request.
        var policies = app.ApplicationServices.GetRequiredService<ICorsPolicyProvider>();
        var cors = ActivatorUtilities.CreateInstance<CorsMiddleware>(app.ApplicationServices, next);
        return context =>
        {
            if (RequestRecord.Of(context).Policies.Cors is not { } policy)
            {
                return next(context);
            }

            if (!policy.AllowAnyOrigin)
            {
                context.Response.OnStarting(static state => VaryByOrigin(((HttpContext)state).Response.Headers), context);
            }

            return cors.Invoke(context, policies);
        };
    });

    private static Task VaryByOrigin(IHeaderDictionary headers)
    {
        if (!headers.GetCommaSeparatedValues(HeaderNames.Vary).Any(name => name is "*" || name.Equals(HeaderNames.Origin, StringComparison.OrdinalIgnoreCase)))
        {
            headers.Append(HeaderNames.Vary, HeaderNames.Origin);
        }

        return Task.CompletedTask;
    }

    /// <summary>Where the gateway has a policy, what the upstream says about origins must not widen it.</summary>
    public static void DropCorsHeaders(this IHeaderDictionary headers)
    {
        foreach (var name in ResponseHeaders)
        {
            headers.Remove(name);
        }
    }
}
