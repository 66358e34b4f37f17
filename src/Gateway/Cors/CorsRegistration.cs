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

    /// <summary>Where the gateway has a policy, what the upstream says about origins must not widen it.</summary>
    public static void DropCorsHeaders(this IHeaderDictionary headers)
    {
        foreach (var name in ResponseHeaders)
        {
            headers.Remove(name);
        }
    }
}
