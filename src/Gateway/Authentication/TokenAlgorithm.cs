namespace EventGateway.Gateway.Authentication;

/// <summary>How tokens may be signed (RFC 7518 §3.1). <c>none</c> is none of them.</summary>
public enum TokenAlgorithm
{
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    ES512,
    HS256,
    HS384,
    HS512,
}

internal static class TokenAlgorithmExtensions
{
    /// <summary>Whether whoever can check such a signature can make one, too.</summary>
    public static bool IsSymmetric(this TokenAlgorithm algorithm) => algorithm is TokenAlgorithm.HS256 or TokenAlgorithm.HS384 or TokenAlgorithm.HS512;

    /// <summary>The shortest key that RFC 7518 §3.2 allows.</summary>
    public static int LeastKeyBytes(this TokenAlgorithm algorithm) => algorithm switch
    {
        TokenAlgorithm.HS512 => 64,
        TokenAlgorithm.HS384 => 48,
        _ => 32,
    };
}
