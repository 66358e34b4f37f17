using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace EventGateway.Gateway.Authentication;

/// <summary>Reads public keys as issuers write them. What is wrong with one is said by a <see cref="FormatException"/>.</summary>
internal static class TokenKeyReader
{
    private const int LeastRsaBits = 2048;   // RFC 7518 §3.3

    private static readonly string[] Curves = [JsonWebKeyECTypes.P256, JsonWebKeyECTypes.P384, JsonWebKeyECTypes.P521];

    /// <summary>
    /// A JSON Web Key Set (RFC 7517). Keys that aren't for signatures are passed over, as are those of kinds that no algorithm here takes:
    /// symmetric ones above all, which in a public set are no secret.
    /// </summary>
    public static TokenKeys ReadSet(string text)
    {
        JsonWebKeySet set;
        try
        {
            set = new JsonWebKeySet(text);
        }
        catch (Exception e) when (e is ArgumentException or JsonException)
        {
            throw new FormatException("this is no JSON Web Key Set.", e);
        }

        var keys = set.Keys.Where(key => key.Use is null or "" or JsonWebKeyUseNames.Sig && WhatIsWrongWith(key) is null).Select(Publish).ToList();
        return keys is [] ? throw new FormatException("there is no key in it that could have signed a token.") : new TokenKeys(text, keys);
    }

    /// <summary>One key: PEM, or a JSON Web Key.</summary>
    public static JsonWebKey Read(string text)
    {
        var key = text.TrimStart().StartsWith('{') ? ReadJson(text) : ReadPem(text);
        return WhatIsWrongWith(key) is { } fault ? throw new FormatException(fault) : Publish(key);
    }

    private static JsonWebKey ReadJson(string text)
    {
        try
        {
            return new JsonWebKey(text);
        }
        catch (Exception e) when (e is ArgumentException or JsonException)
        {
            throw new FormatException("this is no JSON Web Key.", e);
        }
    }

    private static JsonWebKey ReadPem(string text)
    {
        if (text.Contains("PRIVATE KEY", StringComparison.Ordinal))
        {
            throw new FormatException("this is a private key, which belongs to the issuer alone; the public one goes here.");
        }

        try
        {
            using var rsa = RSA.Create();
            rsa.ImportFromPem(text);
            return JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(rsa.ExportParameters(includePrivateParameters: false)));
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            return ReadEcPem(text);
        }
    }

    private static JsonWebKey ReadEcPem(string text)
    {
        try
        {
            using var ec = ECDsa.Create();
            ec.ImportFromPem(text);
            return JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new ECDsaSecurityKey(ec));
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException or NotSupportedException)
        {
            throw new FormatException("this is neither a public key in PEM (RSA or EC) nor a JSON Web Key.", e);
        }
    }

    private static string? WhatIsWrongWith(JsonWebKey key) => key.Kty switch
    {
        JsonWebAlgorithmsKeyTypes.RSA when LengthOf(key.N) == 0 || LengthOf(key.E) == 0 => "the key lacks its members n and e.",
        JsonWebAlgorithmsKeyTypes.RSA when LengthOf(key.N) * 8 < LeastRsaBits => $"the key has {LengthOf(key.N) * 8} bits; RSA keys have at least {LeastRsaBits}.",
        JsonWebAlgorithmsKeyTypes.RSA => HasPrivatePart(key),
        JsonWebAlgorithmsKeyTypes.EllipticCurve when !Curves.Contains(key.Crv) => $"there is no algorithm for the curve '{key.Crv}'; known are {string.Join(", ", Curves)}.",
        JsonWebAlgorithmsKeyTypes.EllipticCurve when !IsOnCurve(key) => "the key is no point of its curve.",
        JsonWebAlgorithmsKeyTypes.EllipticCurve => HasPrivatePart(key),
        JsonWebAlgorithmsKeyTypes.Octet => "this is a symmetric key, and a secret: it goes into SymmetricKeys.",
        _ => $"there is no algorithm for keys of type '{key.Kty}'; known are RSA, EC.",
    };

    private static string? HasPrivatePart(JsonWebKey key) =>
        key.HasPrivateKey ? "this is a private key, which belongs to the issuer alone; the public one goes here." : null;

    private static bool IsOnCurve(JsonWebKey key)
    {
        try
        {
            using var ec = ECDsa.Create(new ECParameters
            {
                Curve = key.Crv switch
                {
                    JsonWebKeyECTypes.P256 => ECCurve.NamedCurves.nistP256,
                    JsonWebKeyECTypes.P384 => ECCurve.NamedCurves.nistP384,
                    _ => ECCurve.NamedCurves.nistP521,
                },
                Q = new ECPoint { X = Base64UrlEncoder.DecodeBytes(key.X), Y = Base64UrlEncoder.DecodeBytes(key.Y) },
            });
            return true;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or CryptographicException)
        {
            return false;
        }
    }

    private static int LengthOf(string? text)
    {
        try
        {
            return string.IsNullOrEmpty(text) ? 0 : Base64UrlEncoder.DecodeBytes(text).Length;
        }
        catch (FormatException)
        {
            return 0;
        }
    }

    // The key alone: a certificate beside it would have the library look into that instead.
    private static JsonWebKey Publish(JsonWebKey key) => new() { Kty = key.Kty, KeyId = key.KeyId, Kid = key.Kid, N = key.N, E = key.E, Crv = key.Crv, X = key.X, Y = key.Y };
}
