using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace EventGateway.Gateway.Https;

/// <summary>A certificate with its key and those between it and its root, as handshakes need them.</summary>
internal sealed class ServerCertificate
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const int WrongPassword = unchecked((int)0x80070056);   // ERROR_INVALID_PASSWORD, on every platform

    private ServerCertificate(X509Certificate2 leaf, X509Certificate2Collection others, string fingerprint)
    {
        // Offline: what the file lacks isn't fetched from an address that stands in a certificate.
        Context = SslStreamCertificateContext.Create(leaf, others, offline: true);
        NotBefore = new DateTimeOffset(leaf.NotBefore.ToUniversalTime());
        NotAfter = new DateTimeOffset(leaf.NotAfter.ToUniversalTime());
        Subject = leaf.Subject;
        Fingerprint = fingerprint;
    }

    public SslStreamCertificateContext Context { get; }

    public string Subject { get; }

    public DateTimeOffset NotBefore { get; }

    public DateTimeOffset NotAfter { get; }

    /// <summary>Of the text that it was made of.</summary>
    public string Fingerprint { get; }

    /// <summary>Why no client should take it at this time; null where it should.</summary>
    public string? FaultAt(DateTimeOffset time) =>
        time > NotAfter ? $"the certificate has expired on {Text(NotAfter)}."
        : time < NotBefore ? $"the certificate isn't valid before {Text(NotBefore)}."
        : null;

    /// <exception cref="UnusableCertificateException">It can't be used.</exception>
    public static ServerCertificate Read(CertificateFiles files, CertificateText text)
    {
        try
        {
            return Make(files, text);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw Bad(nameof(files.Path), $"{files.Path}: the certificate can't be used: {e.Message}");   // whatever else a library makes of odd bytes
        }
    }

    private static ServerCertificate Make(CertificateFiles files, CertificateText text)
    {
        var (leaf, others) = IsPem(text.Certificate) ? ReadPem(files, text) : ReadPfx(files, text);
        var usages = leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().SelectMany(extension => extension.EnhancedKeyUsages.Cast<Oid>()).ToList();
        if (usages.Count > 0 && !usages.Exists(usage => usage.Value == ServerAuthentication))
        {
            throw Bad(nameof(files.Path), $"{files.Path}: the certificate isn't one for servers (extended key usage).");
        }

        return new ServerCertificate(leaf, others, text.Fingerprint);
    }

    private static (X509Certificate2 Leaf, X509Certificate2Collection Others) ReadPem(CertificateFiles files, CertificateText text)
    {
        var chain = new X509Certificate2Collection();
        try
        {
            chain.ImportFromPem(Encoding.Latin1.GetString(text.Certificate));
        }
        catch (CryptographicException)
        {
            throw Bad(nameof(files.Path), $"{files.Path}: a certificate in it is damaged.");
        }

        if (chain.Count == 0)
        {
            throw Bad(nameof(files.Path), $"{files.Path}: there is no certificate in it.");
        }

        // RFC 8446 §4.4.2: the server's own comes first.
        var leaf = chain[0];
        chain.RemoveAt(0);
        var (keyFile, keyName) = files.KeyPath is null ? (files.Path, nameof(files.Path)) : (files.KeyPath, nameof(files.KeyPath));
        using var key = KeyFor(leaf, keyFile, keyName);
        ImportKey(key, Encoding.Latin1.GetString(text.Key ?? text.Certificate), files.Password, keyFile, keyName);
        try
        {
            var whole = key is RSA rsa ? leaf.CopyWithPrivateKey(rsa) : leaf.CopyWithPrivateKey((ECDsa)key);

            // Windows' TLS needs a key that it can find again by itself.
            return (OperatingSystem.IsWindows() ? X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null) : whole, chain);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw Bad(keyName, $"{keyFile}: the private key isn't that of the certificate.");
        }
    }

    private static AsymmetricAlgorithm KeyFor(X509Certificate2 leaf, string keyFile, string keyName) =>
        leaf.GetRSAPublicKey() is not null ? RSA.Create()
        : leaf.GetECDsaPublicKey() is not null ? ECDsa.Create()
        : throw Bad(keyName, $"{keyFile}: the certificate's key is neither RSA nor ECDSA.");

    private static void ImportKey(AsymmetricAlgorithm key, string pem, string? password, string file, string name)
    {
        var isLocked = LabelsIn(pem).Contains("ENCRYPTED PRIVATE KEY");
        if (!isLocked && !LabelsIn(pem).Any(label => label.EndsWith("PRIVATE KEY", StringComparison.Ordinal)))
        {
            throw Bad(name, $"{file}: there is no private key in it.");
        }

        if (isLocked && password is null)
        {
            throw Bad(nameof(CertificateOptions.Password), $"{file}: the private key is locked, and there is no password.");
        }

        try
        {
            if (isLocked)
            {
                key.ImportFromEncryptedPem(pem, password);
            }
            else
            {
                key.ImportFromPem(pem);
            }
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw isLocked
                ? Bad(nameof(CertificateOptions.Password), $"{file}: the password doesn't open the private key, or that isn't the certificate's.")
                : Bad(name, $"{file}: the private key isn't that of the certificate, or it is damaged.");
        }
    }

    private static (X509Certificate2 Leaf, X509Certificate2Collection Others) ReadPfx(CertificateFiles files, CertificateText text)
    {
        try
        {
            if (text.Certificate is [] || X509Certificate2.GetCertContentType(text.Certificate) != X509ContentType.Pkcs12)
            {
                throw Bad(nameof(files.Path), $"{files.Path}: this is neither PEM nor a PFX.");
            }

            if (files.KeyPath is not null)
            {
                throw Bad(nameof(files.KeyPath), $"{files.Path} is a PFX, which has its key in it.");
            }

            var all = X509CertificateLoader.LoadPkcs12Collection(text.Certificate, files.Password);
            var leaf = all.FirstOrDefault(certificate => certificate.HasPrivateKey)
                ?? throw Bad(nameof(files.Path), $"{files.Path}: there is no private key in it.");
            all.Remove(leaf);
            return (leaf, all);
        }
        catch (CryptographicException e)
        {
            throw e.HResult == WrongPassword
                ? Bad(nameof(files.Password), $"{files.Path}: {(files.Password is null ? "it is locked, and there is no password." : "the password doesn't open it.")}")
                : Bad(nameof(files.Path), $"{files.Path}: this is neither PEM nor a PFX.");
        }
    }

    private static bool IsPem(ReadOnlySpan<byte> text) => text.IndexOf("-----BEGIN "u8) >= 0;

    private static List<string> LabelsIn(string pem)
    {
        var labels = new List<string>();
        var rest = pem.AsSpan();
        while (PemEncoding.TryFind(rest, out var found))
        {
            labels.Add(rest[found.Label].ToString());
            rest = rest[found.Location.End..];
        }

        return labels;
    }

    private static UnusableCertificateException Bad(string key, string message) => new(key, message);

    private static string Text(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
