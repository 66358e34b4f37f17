using System.Security.Claims;

namespace EventGateway.Gateway.Authentication;

/// <summary>What came of what a client sent to prove who it is.</summary>
/// <param name="Client">Who it is; null if that isn't proven.</param>
/// <param name="Fault">What is wrong with it; null where that can't be told at present.</param>
internal sealed record ClientProof(ClaimsPrincipal? Client, string? Fault)
{
    /// <summary>It can't be judged: the issuer's keys aren't to be had.</summary>
    public static ClientProof Unknown { get; } = new(null, null);

    /// <summary>Whether other keys might say something else.</summary>
    public bool HasUnknownSignature { get; init; }

    /// <summary>Whether it is about an API key, and not about a token.</summary>
    public bool IsOfApiKey { get; init; }

    public static ClientProof Of(ClaimsPrincipal client) => new(client, null);

    public static ClientProof Invalid(string fault) => new(null, fault);
}
