using System.Security.Cryptography.X509Certificates;

namespace EventGateway.Gateway.Https;

/// <summary>How the certificates of servers that the gateway calls are judged.</summary>
internal static class CertificateChains
{
    /// <summary>
    /// By .NET's own rules, but for one: to build a chain it would fetch an intermediate certificate that the server hasn't sent, from wherever the
    /// certificate says, and all that its thread serves would wait for it (0025). The server has to send it (RFC 8446 §4.4.2), as other proxies expect.
    /// </summary>
    public static X509ChainPolicy AsSent() => new() { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
}
