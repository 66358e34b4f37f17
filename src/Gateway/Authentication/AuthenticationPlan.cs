using System.Collections.Frozen;

namespace EventGateway.Gateway.Authentication;

/// <summary>By what clients can be known.</summary>
internal sealed record AuthenticationPlan(FrozenDictionary<string, JwtBearerPlan> Tokens, ApiKeyPlan? ApiKeys)
{
    /// <summary>How policies speak of API keys: they have one header, and so one name.</summary>
    public const string ApiKey = "ApiKey";

    public IEnumerable<string> Names => ApiKeys is null ? Tokens.Keys.Order(StringComparer.Ordinal) : Tokens.Keys.Order(StringComparer.Ordinal).Append(ApiKey);
}

/// <summary>An issuer, and what its tokens must be like.</summary>
/// <param name="Name">How policies speak of it.</param>
/// <param name="Issuer">What <c>iss</c> must be.</param>
/// <param name="Audiences">What <c>aud</c> may be.</param>
/// <param name="Algorithms">Either all symmetric or all asymmetric.</param>
/// <param name="ClockSkew">How far the clocks may be apart.</param>
/// <param name="Keys">The keys that were there when the configuration was read; null where they have to be fetched.</param>
/// <param name="Source">Where newer ones are to be had; null where they stand in the configuration.</param>
internal sealed record JwtBearerPlan(
    string Name, string Issuer, IReadOnlyList<string> Audiences, IReadOnlyList<string> Algorithms, TimeSpan ClockSkew, TokenKeys? Keys, KeySource? Source);
