using EventGateway.Gateway.Authentication;
using EventGateway.Gateway.Requests;
using Microsoft.AspNetCore.Http.Features.Authentication;
using Microsoft.Extensions.Primitives;

namespace EventGateway.Gateway.Access;

/// <summary>Who asks, as far as the answer may depend on it.</summary>
internal static class Caller
{
    /// <summary>Whether the request says by itself who sends it, whether its route asks or not: an upstream may go by it all the same.</summary>
    public static bool ShowsCredentials(HttpContext context) =>
        context.Request.Headers is { Authorization.Count: > 0 } or { Cookie.Count: > 0 } || ApiKeyOf(context).Count > 0;

    /// <summary>Whether its answer could be for one caller only (RFC 9111 §3.5, and cookies and API keys alike).</summary>
    public static bool HasCredentials(HttpContext context) =>
        ShowsCredentials(context)
        || RequestRecord.Of(context).Client is not null
        || context.Features.Get<IHttpAuthenticationFeature>()?.User?.Identity is { IsAuthenticated: true };   // to ask for the user is to make one

    /// <summary>All of it: two tokens of one subject may have different rights.</summary>
    public static string Describe(HttpContext context)
    {
        var (issuer, subject) = ClientClaims.SubjectOf(context.User) ?? ("", "");
        return $"{context.Request.Headers.Authorization}\n{context.Request.Headers.Cookie}\n{ApiKeyOf(context)}\n{RequestRecord.Of(context).Client}\n{issuer}\n{subject}";
    }

    // Where the route asks who it is, the key is gone by now, and the client is known.
    private static StringValues ApiKeyOf(HttpContext context) =>
        RequestRecord.Of(context).Policies.ApiKeyHeader is { } header ? context.Request.Headers[header] : StringValues.Empty;
}
