using System.Security.Claims;

namespace EventGateway.Gateway.Authentication;

/// <summary>What the gateway asks of who a client is, by the claims of <see cref="HttpContext.User"/>.</summary>
internal static class ClientClaims
{
    public const string Subject = "sub";
    public const string Issuer = "iss";
    public const string Scope = "scope";

    /// <summary>Name of the client that an API key is of, as it stands in the configuration.</summary>
    public const string ApiClient = "api_client";

    private static readonly string[] ScopeClaims = [Scope, "scp"];

    /// <summary>The client whose API key came with the request; null where none did. No token can say that it is one.</summary>
    public static string? ApiClientOf(ClaimsPrincipal user) =>
        user.Identity is ClaimsIdentity { AuthenticationType: AuthenticationPlan.ApiKey } identity ? identity.FindFirst(ApiClient)?.Value : null;

    /// <summary>The subject of the token, which is one within its issuer only.</summary>
    public static (string Issuer, string Subject)? SubjectOf(ClaimsPrincipal user) =>
        user.FindFirst(Subject) is { } subject ? (user.FindFirst(Issuer)?.Value ?? "", subject.Value) : null;

    /// <summary>Whether the client has the claim with one of the values. Upper and lower case differ, in both (RFC 7519 §4 and §2).</summary>
    public static bool Has(ClaimsPrincipal user, string type, IReadOnlyList<string> values) =>
        user.Claims.Any(claim => claim.Type == type && values.Contains(claim.Value, StringComparer.Ordinal));

    /// <summary>Issuers write scopes as one text with spaces between them (RFC 9068) or as a list, and call them <c>scope</c> or <c>scp</c>.</summary>
    public static bool HasScope(ClaimsPrincipal user, string scope) =>
        user.Claims.Any(claim => ScopeClaims.Contains(claim.Type) && claim.Value.Split(' ').Contains(scope, StringComparer.Ordinal));
}
