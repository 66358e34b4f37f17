using System.Buffers;
using System.Collections.Frozen;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Proxying;
using Microsoft.IdentityModel.Tokens;
using Microsoft.Net.Http.Headers;

namespace EventGateway.Gateway.Authentication;

/// <summary>Compiles the section <c>Authentication</c>, and finds whatever in it would let in nobody, or somebody else than was meant.</summary>
internal sealed class AuthenticationCompiler(SettingsNode root, ProblemList problems)
{
    private const string HashPrefix = "sha256:";
    private const int HashDigits = 64;

    private static readonly byte[] HashOfNothing = SHA256.HashData([]);

    // The first is the tokens'; the others carry the message itself.
    private static readonly string[] TakenHeaders =
    [
        HeaderNames.Authorization, HeaderNames.Host, HeaderNames.Connection, HeaderNames.ContentLength, HeaderNames.ContentType, HeaderNames.TransferEncoding,
        HeaderNames.Cookie, HeaderNames.Origin, HeaderNames.Upgrade, HeaderNames.Expect, HeaderNames.TE, HeaderNames.Trailer,
    ];

    private static readonly SearchValues<char> OfScopes = SearchValues.Create(
        [.. Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code).Where(c => c is not ('"' or '\\'))]);

    public AuthenticationPlan Compile(AuthenticationOptions options)
    {
        var node = root[nameof(GatewayOptions.Authentication)];
        var tokens = new Dictionary<string, JwtBearerPlan>();
        foreach (var (name, scheme) in options.JwtBearer)
        {
            tokens[name] = CompileTokens(name, scheme, node!.Find(nameof(options.JwtBearer), name)!);
        }

        var apiKeys = node?[nameof(options.ApiKeys)] is { } keys ? CompileApiKeys(options.ApiKeys, keys) : null;
        return new AuthenticationPlan(tokens.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase), apiKeys);
    }

    /// <summary>Scopes stand in a challenge, between quotation marks and spaces (RFC 6749 §3.3).</summary>
    public static void CheckScopes(SettingsNode? list, ProblemList problems)
    {
        foreach (var (_, scope) in list?.Children ?? [])
        {
            if (scope.Value is { } text && (text.Length == 0 || text.AsSpan().ContainsAnyExcept(OfScopes)))
            {
                problems.Error(scope, $"'{text}' is no scope: it has no spaces, quotation marks or backslashes, and is ASCII.");
            }
        }
    }

    private JwtBearerPlan CompileTokens(string name, JwtBearerOptions options, SettingsNode node)
    {
        if (name.Equals(AuthenticationPlan.ApiKey, StringComparison.OrdinalIgnoreCase))
        {
            problems.Error(node, $"no issuer can be called '{name}': policies mean API keys by that.");
        }

        var (keys, source) = CompileKeys(options, node);
        CheckAlgorithms(options, node);
        return new JwtBearerPlan(name, options.Issuer, options.Audiences, AlgorithmsOf(options), options.ClockSkew, keys, source);
    }

    private (TokenKeys? Keys, KeySource? Source) CompileKeys(JwtBearerOptions options, SettingsNode node)
    {
        string[] kinds = [nameof(options.MetadataAddress), nameof(options.JwksFile), nameof(options.Keys), nameof(options.SymmetricKeys)];
        var written = kinds.Where(kind => node[kind] is { Kind: not SettingsKind.Scalar } or { Value: not null }).ToList();
        if (written is not [var kind])
        {
            if (written.Count > 1)
            {
                problems.Error([.. written.Select(node.PlaceOf)], $"{string.Join(" and ", written)}: the keys of an issuer come from one of them.");
            }
            else if (node.Misread != Misread.Structure)
            {
                problems.Error(node, $"without keys no token can be judged; one of {string.Join(", ", kinds)} is needed.");
            }

            return (null, null);
        }

        var at = node[kind]!;
        return kind switch
        {
            _ when at.Misread != Misread.Nothing => (null, null),
            nameof(options.MetadataAddress) => (null, CompileAddress(options, at)),
            nameof(options.JwksFile) => CompileFile(options, at),
            nameof(options.Keys) => (new TokenKeys("", CompileEach(at, TokenKeyReader.Read)), null),
            _ => (new TokenKeys("", CompileEach(at, text => ReadSymmetric(text, options))), null),
        };
    }

    private KeySource? CompileAddress(JwtBearerOptions options, SettingsNode at)
    {
        if (!Uri.TryCreate(options.MetadataAddress, UriKind.Absolute, out var uri)
            || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps) || uri.UserInfo.Length > 0 || uri.Fragment.Length > 0)
        {
            problems.Error(at, $"'{UriText.WithoutCredentials(options.MetadataAddress!)}' is not an absolute http or https URI (without credentials and fragment).");
            return null;
        }

        if (!KeySource.IsSafe(uri, options.RequireHttpsMetadata))
        {
            problems.Error(at, "over http anybody on the way could put his own keys there; https is needed, unless RequireHttpsMetadata is false.");
        }

        return new KeySource(options.Issuer, uri.AbsoluteUri, IsFile: false, options.RequireHttpsMetadata);
    }

    private (TokenKeys? Keys, KeySource? Source) CompileFile(JwtBearerOptions options, SettingsNode at)
    {
        var path = at.ToFullPath(options.JwksFile!);
        try
        {
            return (TokenKeyReader.ReadSet(Encoding.UTF8.GetString(NamedFile.Read(path))), new KeySource(options.Issuer, path, IsFile: true, RequiresHttps: false));
        }
        catch (Exception e) when (e is FormatException or IOException)
        {
            problems.Error(at, $"'{path}': {e.Message}");
        }

        return (null, null);
    }

    private List<SecurityKey> CompileEach(SettingsNode list, Func<string, SecurityKey> read)
    {
        var keys = new List<SecurityKey>();
        foreach (var (_, item) in list.Children)
        {
            try
            {
                keys.Add(read(item.Value ?? ""));
            }
            catch (FormatException e)
            {
                problems.Error(item, e.Message);
            }
        }

        if (list.Children.Count == 0)
        {
            problems.Error(list, "without keys no token can be judged.");
        }

        return keys;
    }

    // What is wrong is said without the key.
    private static SymmetricSecurityKey ReadSymmetric(string text, JwtBearerOptions options)
    {
        byte[] key;
        try
        {
            key = Base64UrlEncoder.DecodeBytes(text.Trim().TrimEnd('=').Replace('+', '-').Replace('/', '_'));
        }
        catch (FormatException e)
        {
            throw new FormatException("this is no Base64.", e);
        }

        var least = options.Algorithms.Where(algorithm => algorithm.IsSymmetric()).Append(TokenAlgorithm.HS256).Max(algorithm => algorithm.LeastKeyBytes());
        return key.Length >= least
            ? new SymmetricSecurityKey(key)
            : throw new FormatException($"the key has {key.Length * 8} bits; {least * 8} are needed, or it could be guessed.");
    }

    private void CheckAlgorithms(JwtBearerOptions options, SettingsNode node)
    {
        var isSymmetric = options.SymmetricKeys.Count > 0;
        var list = node[nameof(options.Algorithms)];
        if (list is not { Misread: Misread.Nothing, Kind: SettingsKind.List })
        {
            return;
        }

        if (list.Children.Count == 0)
        {
            problems.Error(list, "without an algorithm no token can be judged; leave the key out for all that are safe.");
        }

        // A public key is known to everybody: taken for a shared secret, it would let anybody sign.
        foreach (var (algorithm, (_, item)) in options.Algorithms.Zip(list.Children).Where(pair => pair.First.IsSymmetric() != isSymmetric))
        {
            problems.Error(item, isSymmetric
                ? $"{algorithm} doesn't go with SymmetricKeys; HS256, HS384 and HS512 do."
                : $"{algorithm} is for keys that issuer and gateway share, which stand in SymmetricKeys and nowhere else.");
        }
    }

    private static string[] AlgorithmsOf(JwtBearerOptions options) =>
    [
        .. (options.Algorithms.Count > 0 ? options.Algorithms
            : options.SymmetricKeys.Count > 0 ? [TokenAlgorithm.HS256]
            : Enum.GetValues<TokenAlgorithm>().Where(algorithm => !algorithm.IsSymmetric())).Select(algorithm => algorithm.ToString()),
    ];

    private ApiKeyPlan? CompileApiKeys(ApiKeysOptions options, SettingsNode node)
    {
        var header = node[nameof(options.Header)];
        ValueRules.CheckName(header, problems);
        if (TakenHeaders.Contains(options.Header, StringComparer.OrdinalIgnoreCase) || options.Header.StartsWith("X-Forwarded", StringComparison.OrdinalIgnoreCase))
        {
            problems.Error(header!, $"{options.Header} has another use; a header of its own is needed.");
        }

        var owners = new Dictionary<string, SettingsPlace>();
        var clients = options.Keys.Select(entry => CompileClient(entry.Key, entry.Value, node.Find(nameof(options.Keys), entry.Key)!, owners)).ToList();
        return clients.Count == 0 ? null : new ApiKeyPlan(options.Header, clients);
    }

    private ApiKeyClient CompileClient(string name, ApiKeyOptions options, SettingsNode node, Dictionary<string, SettingsPlace> owners)
    {
        var hashes = new List<byte[]>();
        foreach (var (_, item) in node[nameof(options.Hashes)]?.Children ?? [])
        {
            if (item.Value is { } text && TryReadHash(text, out var hash))
            {
                if (hash.AsSpan().SequenceEqual(HashOfNothing))
                {
                    problems.Error(item, "this is the hash of no text at all: the key was missing when it was made.");
                }

                hashes.Add(hash);
                if (!owners.TryAdd(text.ToLowerInvariant(), item.Place))
                {
                    problems.Error([item.Place, owners[text.ToLowerInvariant()]], "this key is there already; a key is one client's.");
                }
            }
            else if (item.Value is not null)
            {
                // The text isn't shown: it may be the key itself.
                problems.Error(item, $"this is no hash of a key: '{HashPrefix}' and {HashDigits} hexadecimal digits, as sha256sum prints them.");
            }
        }

        CheckScopes(node[nameof(options.Scopes)], problems);
        foreach (var (claim, values) in options.Claims.Where(claim => claim.Key == ClientClaims.ApiClient || claim.Value is []))
        {
            problems.Error(node.Find(nameof(options.Claims), claim)!, values is [] ? "the claim has no value." : $"the gateway itself says in {claim} whose key it is.");
        }

        var identity = new ClaimsIdentity(AuthenticationPlan.ApiKey);
        identity.AddClaim(new Claim(ClientClaims.ApiClient, name));
        identity.AddClaims(options.Scopes.Select(scope => new Claim(ClientClaims.Scope, scope)));
        identity.AddClaims(options.Claims.SelectMany(claim => claim.Value.Select(value => new Claim(claim.Key, value))));
        return new ApiKeyClient(name, hashes, identity);
    }

    private static bool TryReadHash(string text, out byte[] hash)
    {
        var digits = text.StartsWith(HashPrefix, StringComparison.OrdinalIgnoreCase) ? text[HashPrefix.Length..] : "";
        hash = digits.Length == HashDigits && digits.All(char.IsAsciiHexDigit) ? Convert.FromHexString(digits) : [];
        return hash.Length > 0;
    }
}
