using System.Buffers;
using System.Security.Claims;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EventGateway.Gateway.Authentication;

/// <summary>
/// Judges bearer tokens (RFC 6750) that are JSON Web Tokens. Signature, audience and claims are the framework's; this class says which issuer's
/// rules and keys hold, and tells a bad token from one that can't be judged at present.
/// </summary>
internal sealed class BearerTokens(IssuerKeyRegistry issuers, TimeProvider time)
{
    // Longer ones aren't worth a look: the server takes 32 KiB of headers in all.
    private const int LongestToken = 16 * 1024;
    private const string Scheme = "Bearer";

    private static readonly SearchValues<char> OfTokens = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");
    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false };

    /// <summary>What the request's token proves; null where it has none.</summary>
    public async ValueTask<ClientProof?> JudgeAsync(HttpContext context, IReadOnlyList<JwtBearerPlan> plans)
    {
        var headers = context.Request.Headers.Authorization;
        if (headers.Count > 1)
        {
            return ClientProof.Invalid("There is more than one Authorization header.");
        }

        if (headers is not [{ } header] || !IsBearer(header))
        {
            return null;
        }

        if (Read(header[Scheme.Length..].Trim()) is not var (token, issuer))
        {
            return ClientProof.Invalid("The bearer token is no JSON Web Token.");
        }

        ClientProof? proof = null;
        foreach (var plan in plans.Where(plan => plan.Issuer == issuer))
        {
            proof = await JudgeAsync(token, plan, context.RequestAborted);
            if (proof.Client is not null)
            {
                return proof;
            }
        }

        return proof ?? ClientProof.Invalid("The token's issuer isn't one whose tokens are taken here.");
    }

    private static bool IsBearer(string header) =>
        header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && (header.Length == Scheme.Length || header[Scheme.Length] == ' ');

    private static (JsonWebToken Token, string Issuer)? Read(string text)
    {
        // Three parts: a fourth and fifth would be an encrypted token, for which there are no keys.
        if (text.Length > LongestToken || text.AsSpan().ContainsAnyExcept(OfTokens) || text.AsSpan().Count('.') != 2)
        {
            return null;
        }

        try
        {
            // An extension that has to be understood isn't, whatever it is (RFC 7515 §4.1.11).
            var token = new JsonWebToken(text);
            return token.TryGetHeaderValue<object>("crit", out _) ? null : (token, token.Issuer);
        }
        catch (Exception)
        {
            return null;   // whatever a stranger made up: the library's complaints are of a dozen kinds
        }
    }

    private async ValueTask<ClientProof> JudgeAsync(JsonWebToken token, JwtBearerPlan plan, CancellationToken cancellationToken)
    {
        // Before any key is looked for: 'none', and a public key taken for a shared secret, end here.
        if (!plan.Algorithms.Contains(token.Alg, StringComparer.Ordinal))
        {
            return ClientProof.Invalid("The token is signed in a way that isn't taken here.");
        }

        if (plan.Source is null)
        {
            return await ValidateAsync(token, plan, plan.Keys!);
        }

        var issuer = issuers.Find(plan);
        if (await issuer.GetAsync(cancellationToken) is not { } keys)
        {
            return ClientProof.Unknown;
        }

        var proof = await ValidateAsync(token, plan, keys);
        if (!proof.HasUnknownSignature)
        {
            return proof;
        }

        // The issuer may have changed its keys since they were fetched.
        var newer = await issuer.RefreshAsync(keys, cancellationToken);
        if (newer is not null && !ReferenceEquals(newer, keys))
        {
            return await ValidateAsync(token, plan, newer);
        }

        return issuer.FailingSince is not null && keys.Named(token.Kid).Count == 0 ? ClientProof.Unknown : proof;
    }

    private async ValueTask<ClientProof> ValidateAsync(JsonWebToken token, JwtBearerPlan plan, TokenKeys keys)
    {
        var candidates = keys.Named(token.Kid);
        if (candidates.Count == 0)
        {
            return ClientProof.Invalid("The token is signed with a key that the issuer doesn't have.") with { HasUnknownSignature = true };
        }

        var result = await Handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            AuthenticationType = plan.Name,
            NameClaimType = ClientClaims.Subject,
            ClockSkew = plan.ClockSkew,
            IssuerSigningKeyResolver = (_, _, _, _) => candidates,
            LifetimeValidator = (from, to, _, rules) => CheckLifetime(from, to, rules.ClockSkew),
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            TryAllIssuerSigningKeys = false,
            ValidAlgorithms = plan.Algorithms,
            ValidAudiences = plan.Audiences,
            IgnoreTrailingSlashWhenValidatingAudience = false,
            ValidIssuer = plan.Issuer,
        });
        return result.IsValid
            ? ClientProof.Of(new ClaimsPrincipal(result.ClaimsIdentity))
            : ClientProof.Invalid(WhatIsWrong(result.Exception)) with { HasUnknownSignature = result.Exception is SecurityTokenInvalidSignatureException };
    }

    // By the gateway's own clock.
    private bool CheckLifetime(DateTime? from, DateTime? to, TimeSpan skew)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return to is null ? throw new SecurityTokenNoExpirationException()
            : from > now && from - now > skew ? throw new SecurityTokenNotYetValidException()
            : to > now || now - to < skew ? true : throw new SecurityTokenExpiredException();
    }

    // In a quoted string of a header, and never with anything that the token says.
    private static string WhatIsWrong(Exception exception) => exception switch
    {
        SecurityTokenExpiredException => "The token has expired.",
        SecurityTokenNotYetValidException => "The token isn't valid yet.",
        SecurityTokenNoExpirationException => "The token has no time of expiry.",
        SecurityTokenInvalidAudienceException => "The token is for another audience.",
        SecurityTokenInvalidSignatureException => "The token's signature is wrong.",
        _ => "The token isn't valid.",
    };
}
