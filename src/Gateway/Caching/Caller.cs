using EventGateway.Gateway.Authentication;
using EventGateway.Gateway.Requests;

namespace EventGateway.Gateway.Caching;

/// <summary>Who asks, as far as the answer may depend on it.</summary>
internal static class Caller
{
    /// <summary>Whether the request shows anything by which its answer could be for one caller only (RFC 9111 §3.5, and cookies and API keys alike).</summary>
    public static bool HasCredentials(HttpContext context) =>
        context.Request.Headers.Authorization.Count > 0
        || context.Request.Headers.Cookie.Count > 0
        || RequestRecord.Of(context).Client is not null
        || context.User.Identity is { IsAuthenticated: true };

    /// <summary>All of it: two tokens of one subject may have different rights.</summary>
    public static string Describe(HttpContext context)
    {
        var (issuer, subject) = ClientClaims.SubjectOf(context.User) ?? ("", "");
        return $"{context.Request.Headers.Authorization}\n{context.Request.Headers.Cookie}\n{RequestRecord.Of(context).Client}\n{issuer}\n{subject}";
    }
}
