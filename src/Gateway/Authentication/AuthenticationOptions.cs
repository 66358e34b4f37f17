using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;

namespace EventGateway.Gateway.Authentication;

/// <summary>By what the gateway knows its clients. Who of them may do what, policies say.</summary>
public sealed class AuthenticationOptions
{
    /// <summary>Issuers of bearer tokens (JSON Web Tokens), by the name under which policies refer to them.</summary>
    public Dictionary<string, JwtBearerOptions> JwtBearer { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Clients with a key.</summary>
    public ApiKeysOptions ApiKeys { get; set; } = new();
}

/// <summary>The keys that clients send, and where.</summary>
public sealed class ApiKeysOptions
{
    /// <summary>The header that has the key. Default <c>X-Api-Key</c>.</summary>
    public string Header { get; set; } = "X-Api-Key";

    /// <summary>Clients by name.</summary>
    public Dictionary<string, ApiKeyOptions> Keys { get; set; } = new(StringComparer.OrdinalIgnoreCase);
}

/// <summary>One client that is known by a key.</summary>
public sealed class ApiKeyOptions
{
    /// <summary>What the key's SHA-256 is, as <c>sha256:</c> and 64 hexadecimal digits. Each of several is as good: that is how a key is changed.</summary>
    [MinLength(1)]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "A list says itself how many items it has.")]
    public List<string> Hashes { get; set; } = [];

    /// <summary>Scopes that the client has.</summary>
    public List<string> Scopes { get; set; } = [];

    /// <summary>Claims that the client has, as if a token said so.</summary>
    public Dictionary<string, List<string>> Claims { get; set; } = new(StringComparer.OrdinalIgnoreCase);
}
