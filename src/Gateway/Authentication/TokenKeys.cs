using Microsoft.IdentityModel.Tokens;

namespace EventGateway.Gateway.Authentication;

/// <summary>The keys of one issuer, as they were written at one time.</summary>
/// <param name="text">That writing; empty for keys that stand in the configuration.</param>
/// <param name="keys">What of it can be used.</param>
internal sealed class TokenKeys(string text, IReadOnlyList<SecurityKey> keys)
{
    public string Text => text;

    public int Count => keys.Count;

    /// <summary>
    /// The keys by which a token with this id may have been signed. The id is compared, and nothing else: whatever it says, no file and no
    /// address is looked for.
    /// </summary>
    public IReadOnlyList<SecurityKey> Named(string? id) => string.IsNullOrEmpty(id) ? keys
        : keys.Where(key => key.KeyId == id).ToList() is { Count: > 0 } named ? named
        : [.. keys.Where(key => string.IsNullOrEmpty(key.KeyId))];
}
