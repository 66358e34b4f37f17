using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;

namespace EventGateway.Gateway.Authentication;

/// <summary>
/// An issuer whose tokens are taken, and what they must be like. Its keys have one source: <see cref="MetadataAddress"/>,
/// <see cref="JwksFile"/>, <see cref="Keys"/> or <see cref="SymmetricKeys"/>.
/// </summary>
public sealed class JwtBearerOptions
{
    /// <summary>What the claim <c>iss</c> must be, to the letter.</summary>
    [Required]
    public string Issuer { get; set; } = "";

    /// <summary>What the claim <c>aud</c> may be.</summary>
    [MinLength(1)]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "A list says itself how many items it has.")]
    public List<string> Audiences { get; set; } = [];

    /// <summary>The issuer's OpenID Connect discovery document, which names its keys.</summary>
    public string? MetadataAddress { get; set; }

    /// <summary>Whether that address, and the one of the keys, must be https. Loopback needn't be. Default true.</summary>
    public bool RequireHttpsMetadata { get; set; } = true;

    /// <summary>A file with a JSON Web Key Set. It is read again when it changes.</summary>
    public string? JwksFile { get; set; }

    /// <summary>Public keys: each PEM, or a JSON Web Key as text.</summary>
    public List<string> Keys { get; set; } = [];

    /// <summary>Keys that issuer and gateway share: Base64 of 32 bytes or more. Secrets.</summary>
    public List<string> SymmetricKeys { get; set; } = [];

    /// <summary>Algorithms that may have signed a token. Default: all asymmetric ones; with symmetric keys, HS256.</summary>
    public List<TokenAlgorithm> Algorithms { get; set; } = [];

    /// <summary>How far the clocks of issuer and gateway may be apart. Default 30 s.</summary>
    [DurationRange("00:00:00", "00:05:00")]
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(30);
}
