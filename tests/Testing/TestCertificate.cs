using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EventGateway.Testing;

/// <summary>A certificate for localhost, made for one test: self-signed, or issued by another one.</summary>
public sealed class TestCertificate
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private static readonly DateTimeOffset Long = new(2040, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly AsymmetricAlgorithm _key;

    private TestCertificate(X509Certificate2 certificate, AsymmetricAlgorithm key)
    {
        Certificate = certificate;
        _key = key;
    }

    /// <summary>Without its key.</summary>
    public X509Certificate2 Certificate { get; }

    public string Pem => Certificate.ExportCertificatePem() + "\n";

    public string KeyPem => _key.ExportPkcs8PrivateKeyPem() + "\n";

    /// <param name="name">Its subject's common name.</param>
    /// <param name="notBefore">From when it is valid; for long where none is given.</param>
    /// <param name="notAfter">Until when it is valid; for long where none is given.</param>
    /// <param name="issuer">Who signs it; it itself where none is given.</param>
    /// <param name="isAuthority">Whether it may sign others.</param>
    /// <param name="isRsa">Whether its key is an RSA one, and no ECDSA one.</param>
    /// <param name="usage">What it may be used for; servers where none is given.</param>
    /// <param name="issuerAddress">Where its issuer's certificate can be fetched (RFC 5280 §4.2.2.1), as it says; nowhere where none is given.</param>
    public static TestCertificate Create(
        string name = "localhost", DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null, TestCertificate? issuer = null,
        bool isAuthority = false, bool isRsa = false, string usage = ServerAuthentication,
        string? issuerAddress = null)
    {
        AsymmetricAlgorithm key = isRsa ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new X500DistinguishedName($"CN={name}");
        var request = key is RSA rsa
            ? new CertificateRequest(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(subject, (ECDsa)key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, hasPathLengthConstraint: false, 0, critical: true));
        if (!isAuthority)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName("localhost");
            names.AddIpAddress(IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
        }

        if (issuerAddress is not null)
        {
            request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(ocspUris: null, [issuerAddress]));
        }

        var generator = X509SignatureGenerator.CreateForECDsa((issuer?._key ?? key) as ECDsa ?? ECDsa.Create());
        if (issuer is null && key is RSA self)
        {
            generator = X509SignatureGenerator.CreateForRSA(self, RSASignaturePadding.Pkcs1);
        }

        var certificate = request.Create(
            issuer?.Certificate.SubjectName ?? subject, generator, notBefore ?? new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), notAfter ?? Long, RandomNumberGenerator.GetBytes(8));
        return new TestCertificate(certificate, key);
    }

    public string LockedKeyPem(string password) =>
        _key.ExportEncryptedPkcs8PrivateKeyPem(password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)) + "\n";

    public byte[] Pfx(string? password) => Whole().Export(X509ContentType.Pkcs12, password)!;

    public X509Certificate2 Whole() => _key is RSA rsa ? Certificate.CopyWithPrivateKey(rsa) : Certificate.CopyWithPrivateKey((ECDsa)_key);
}
