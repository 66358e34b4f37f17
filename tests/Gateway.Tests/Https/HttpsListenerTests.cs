using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using EventGateway.Gateway.Https;
using EventGateway.Gateway.Tests.Wire;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Https;

/// <summary>What the HTTPS port speaks, over real sockets.</summary>
public sealed class HttpsListenerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("h2")]
    [InlineData("http/1.1")]
    public async Task Alpn_OfAClient_ChoosesTheVersion(string protocol)
    {
        await using var gateway = await SecureGateway.StartAsync();
        var (stream, _) = await gateway.ConnectAsync(options => options.ApplicationProtocols = [new SslApplicationProtocol(protocol)]);
        await using var __ = stream;
        Assert.Equal(protocol, stream.NegotiatedApplicationProtocol.ToString());
    }

    [Fact]
    public async Task Alpn_OfAClientThatKnowsBoth_IsHttp2()
    {
        await using var gateway = await SecureGateway.StartAsync();
        var (stream, _) = await gateway.ConnectAsync(
            options => options.ApplicationProtocols = [SslApplicationProtocol.Http11, SslApplicationProtocol.Http2]);
        await using var __ = stream;
        Assert.Equal(SslApplicationProtocol.Http2, stream.NegotiatedApplicationProtocol);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Tls_OfTheseVersions_IsSpoken(SslProtocols version)
    {
        await using var gateway = await SecureGateway.StartAsync();
        var (stream, _) = await gateway.ConnectAsync(options => options.EnabledSslProtocols = version);
        await using var __ = stream;
        Assert.Equal(version, stream.SslProtocol);
    }

    // What a client of TLS 1.1 sends first (RFC 4346 §7.4.1.2); clients that still could have been built out of this machine's libraries.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Tls_Older_IsRefusedWithAnAlert(byte minor)
    {
        await using var gateway = await SecureGateway.StartAsync();
        using var client = await RawClient.ConnectAsync(gateway.Gateway.HttpsPort, Token);
        byte[] hello = [3, minor, .. new byte[32], 0, 0, 4, 0xC0, 0x13, 0, 0x2F, 1, 0];
        byte[] handshake = [1, 0, 0, (byte)hello.Length, .. hello];
        await client.SendAsync((byte[])[22, 3, 1, 0, (byte)handshake.Length, .. handshake], Token);

        const byte Alert = 21, ProtocolVersion = 70;
        var (answer, _) = await client.ReadToEndAsync(Token);
        Assert.Equal((Alert, ProtocolVersion), (answer[0], answer[^1]));
    }

    [Fact]
    public void Tls_AsConfigured_IsNotTheSystemsChoice()
    {
        using var certificate = new CertificateFolder();
        certificate.Put(TestCertificate.Create());
        var options = HttpsListener.OptionsFor(certificate.Files().Read());
        Assert.Equal((SslProtocols.Tls12 | SslProtocols.Tls13, false), (options.EnabledSslProtocols, options.AllowRenegotiation));
    }

    [Fact]
    public async Task Http_OnTheHttpsPort_IsClosedWithoutAnAnswer()
    {
        await using var gateway = await SecureGateway.StartAsync();
        using var client = await RawClient.ConnectAsync(gateway.Gateway.HttpsPort, Token);
        await client.SendAsync("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", Token);
        var (answer, _) = await client.ReadToEndAsync(Token);
        Assert.DoesNotContain("HTTP/", System.Text.Encoding.Latin1.GetString(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Http2_OnTheHttpPort_IsNotSpoken()
    {
        await using var gateway = await SecureGateway.StartAsync();
        using var client = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(new Uri($"http://127.0.0.1:{gateway.Gateway.Port}/health"), Token));
        Assert.Equal("""{"status":"ok"}""", await gateway.Gateway.Client.GetStringAsync("/health", Token));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Handshake_WithAChain_SendsWhatLiesBetweenCertificateAndRoot(bool asPfx)
    {
        var root = TestCertificate.Create("root", isAuthority: true);
        var between = TestCertificate.Create("between", issuer: root, isAuthority: true);
        var leaf = TestCertificate.Create("leaf", issuer: between);
        await using var gateway = await SecureGateway.StartAsync(prepare: directory =>
        {
            var pfx = new X509Certificate2Collection { leaf.Whole(), between.Certificate, root.Certificate }.Export(X509ContentType.Pkcs12, "pass word")!;
            File.WriteAllBytes(Path.Combine(directory.FullName, "tls.crt"), asPfx ? pfx : System.Text.Encoding.ASCII.GetBytes(leaf.Pem + between.Pem));
            File.WriteAllText(Path.Combine(directory.FullName, "tls.key"), leaf.LockedKeyPem("pass word"));
        }, edit: config =>
        {
            config["Https"]!["Certificate"]!["Password"] = "pass word";
            if (asPfx)
            {
                config["Https"]!["Certificate"]!.AsObject().Remove("KeyPath");
            }
        });

        // Knows the root alone, and fetches nothing.
        var (stream, subject) = await gateway.ConnectAsync(options =>
        {
            options.RemoteCertificateValidationCallback = null;
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { root.Certificate },
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            };
        });
        await using var _ = stream;
        Assert.Equal("CN=leaf", subject);
    }

    [Fact]
    public async Task Upstream_OfARequestOverHttps_IsToldSo()
    {
        await using var upstream = RawUpstream.Start((_, connection) => connection.RespondAsync("[]"));
        await using var gateway = await SecureGateway.StartAsync(upstream.Address);
        using var client = gateway.Client(HttpVersion.Version20);
        Assert.Equal("[]", await client.GetStringAsync("/getUsers", Token));

        var headers = Assert.Single(upstream.Requests).Headers;
        Assert.Equal(("https", $"localhost:{gateway.Gateway.HttpsPort}", "127.0.0.1"), (headers["X-Forwarded-Proto"], headers["X-Forwarded-Host"], headers["X-Forwarded-For"]));
    }

    [Fact]
    public async Task Http2_OfAClient_HasTheGatewaysErrorsAndAccessLine()
    {
        await using var gateway = await SecureGateway.StartAsync();
        using var client = gateway.Client(HttpVersion.Version20);
        using var answer = await client.GetAsync("/nowhere", Token);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!;

        Assert.Equal((HttpStatusCode.NotFound, "no_route"), (answer.StatusCode, (string?)problem["code"]));
        var line = await gateway.Gateway.Log.NextAsync().AsTask().InTime();
        Assert.Equal(("/nowhere", "no_route"), ((string?)line["path"], (string?)line["cause"]));
    }

    [Fact]
    public async Task Addresses_OfTheServer_NameBothPorts()
    {
        await using var gateway = await SecureGateway.StartAsync();
        var started = Assert.Single(gateway.Log.Of(500));
        Assert.Contains($"listens on http://[::]:{gateway.Gateway.Port}, https://[::]:{gateway.Gateway.HttpsPort} (management: off)", started, StringComparison.Ordinal);
    }
}
