using System.Security.Claims;
using EventGateway.Gateway.Authentication;

namespace EventGateway.Gateway.Authorization;

/// <summary>A policy of <c>AuthorizationPolicies</c>: by what clients may be known, and what they then must have.</summary>
/// <param name="Options">As it was written.</param>
/// <param name="Tokens">The issuers whose tokens are taken.</param>
/// <param name="ApiKeys">The clients with keys; null where keys aren't taken.</param>
internal sealed record AuthorizationPlan(AuthorizationPolicyOptions Options, IReadOnlyList<JwtBearerPlan> Tokens, ApiKeyPlan? ApiKeys)
{
    /// <summary>Whether a known client has all that is asked for.</summary>
    public bool Admits(ClaimsPrincipal client) =>
        Options.Scopes.TrueForAll(scope => ClientClaims.HasScope(client, scope))
        && Options.Claims.All(claim => ClientClaims.Has(client, claim.Key, claim.Value));
}
