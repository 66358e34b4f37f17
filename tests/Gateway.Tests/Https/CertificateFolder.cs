using EventGateway.Gateway.Https;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Https;

/// <summary>A directory with a certificate in it.</summary>
internal sealed class CertificateFolder : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("certificate-");

    public string CertificateFile => Path.Combine(_directory.FullName, "tls.crt");

    public string KeyFile => Path.Combine(_directory.FullName, "tls.key");

    public CertificateFiles Files() => new(CertificateFile, KeyFile, null);

    public void Put(TestCertificate certificate)
    {
        File.WriteAllText(CertificateFile, certificate.Pem);
        File.WriteAllText(KeyFile, certificate.KeyPem);
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
