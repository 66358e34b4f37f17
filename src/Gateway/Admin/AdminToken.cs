using System.Security.Cryptography;
using System.Text;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Errors;

namespace EventGateway.Gateway.Admin;

/// <summary>The token that changes through the admin API need. It has no key in the file: a file with a secret can't be shown to anybody.</summary>
internal sealed class AdminToken
{
    public const string Variable = "ADMIN_TOKEN";

    private const string Scheme = "Bearer ";

    private readonly byte[]? _hash;

    public AdminToken(ConfigurationSource source)
    {
        var token = source.GetVariable(Variable)?.Trim();
        _hash = string.IsNullOrEmpty(token) ? null : SHA256.HashData(Encoding.UTF8.GetBytes(token));
    }

    /// <summary>Null if the request may change something.</summary>
    public GatewayError? Check(HttpRequest request)
    {
        if (_hash is null)
        {
            return GatewayError.ChangesOff;
        }

        // Hashes are of one length, whatever the client sent: the time of a comparison tells nothing about the token.
        // Kestrel reads headers as Latin-1, which gives the client's bytes back.
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.Latin1.GetBytes(header[Scheme.Length..].Trim())), _hash)
            ? null
            : GatewayError.WrongToken;
    }
}
