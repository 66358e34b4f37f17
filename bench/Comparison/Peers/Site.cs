using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EventGateway.Comparison.Scenarios;

namespace EventGateway.Comparison.Peers;

/// <summary>Where the peers of a run live.</summary>
/// <param name="Gateway">The published gateway.</param>
/// <param name="Before">Another one to compare it with; null without.</param>
/// <param name="NodeModules">Where npm has installed what Node's gateway needs.</param>
/// <param name="Directory">For files of this run alone.</param>
/// <param name="UpstreamPort">Where the upstream listens.</param>
internal sealed record Site(string Gateway, string? Before, string NodeModules, string Directory, int UpstreamPort)
{
    private const string IfSecure = "@SECURE@";

    /// <summary>Where a peer is to listen for TLS besides; null where it isn't.</summary>
    public int? SecurePort { get; init; }

    public string Upstream => $"http://127.0.0.1:{UpstreamPort}";

    public string CertificatePath => Path.Combine(Directory, "tls.crt");

    public string KeyPath => Path.Combine(Directory, "tls.key");

    // HAProxy wants them in one file.
    private string BothPath => Path.Combine(Directory, "tls.pem");

    /// <summary>Makes the certificate that all peers show: self-signed, P-256, the key without a password.</summary>
    public void WriteCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={Scenario.Host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Scenario.Host);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(2));
        var (shown, secret) = (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(CertificatePath, shown);
        File.WriteAllText(KeyPath, secret);
        File.WriteAllText(BothPath, $"{shown}\n{secret}\n");
    }

    /// <summary>A directory with the files of <c>Peers/Config</c> that are called <paramref name="name"/>, ports filled in. Lines that begin with <c>@SECURE@</c> are there where it is to listen for TLS.</summary>
    public string Configure(string name, int port)
    {
        var directory = Path.Combine(Directory, $"{name}-{port}");
        System.IO.Directory.CreateDirectory(directory);
        var lines = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Peers", "Config", name))
            .Where(line => SecurePort is not null || !line.StartsWith(IfSecure, StringComparison.Ordinal))
            .Select(line => line.Replace(IfSecure, "", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(directory, name), string.Join('\n', lines.Append(""))
            .Replace("@SECURE_PORT@", $"{SecurePort}", StringComparison.Ordinal)
            .Replace("@CERTIFICATE@", CertificatePath, StringComparison.Ordinal)
            .Replace("@KEY@", KeyPath, StringComparison.Ordinal)
            .Replace("@CERTIFICATE_AND_KEY@", BothPath, StringComparison.Ordinal)
            .Replace("@PORT@", $"{port}", StringComparison.Ordinal)
            .Replace("@UPSTREAM@", $"127.0.0.1:{UpstreamPort}", StringComparison.Ordinal));
        return directory;
    }
}
