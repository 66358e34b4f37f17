using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using EventGateway.Gateway.Https;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Https;

public sealed class CertificateChainsTests
{
    [Fact]
    public void Build_WithoutTheIntermediateCertificate_FailsAndFetchesNothing()
    {
        using var store = new TcpListener(IPAddress.Loopback, 0);
        store.Start();
        var authority = TestCertificate.Create("authority", isAuthority: true);
        var certificate = TestCertificate.Create("upstream", issuer: authority, issuerAddress: $"http://{store.LocalEndpoint}/authority.cer");
        using var chain = new X509Chain { ChainPolicy = CertificateChains.AsSent() };

        Assert.False(chain.Build(certificate.Certificate));

        Assert.Equal(X509ChainStatusFlags.PartialChain, Assert.Single(chain.ChainStatus).Status);
        Assert.False(store.Pending());   // with .NET's default it would be asked
    }
}
