namespace EventGateway.Gateway.Authorization;

/// <summary>Which clients may use a route or aggregation: those that are known, and have all that is asked for.</summary>
public sealed class AuthorizationPolicyOptions
{
    /// <summary>By what a client may be known: names of <c>Authentication.JwtBearer</c>, and <c>ApiKey</c>. Default: all of them.</summary>
    public List<string> Schemes { get; set; } = [];

    /// <summary>Scopes that a client must have, each of them.</summary>
    public List<string> Scopes { get; set; } = [];

    /// <summary>Claims that a client must have, each of them with one of the values.</summary>
    public Dictionary<string, List<string>> Claims { get; set; } = new(StringComparer.Ordinal);
}
