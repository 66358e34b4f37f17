using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using EventGateway.Gateway.Tests.Wire;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Https;

/// <summary>The certificate changes while the gateway runs, over real connections.</summary>
public sealed class CertificateRenewalTests
{
    private const int TakenUp = 801;
    private const int Refused = 802;
    private const string LastReload = "gateway_tls_certificate_last_reload_successful";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Renewal_WhileAConnectionIsOpen_GoesToNewConnectionsAndLeavesTheOldOne()
    {
        await using var gateway = await SecureGateway.StartAsync();
        var (open, before) = await gateway.ConnectAsync();
        await using var _ = open;
        Assert.Equal("CN=first", before);
        Assert.Equal(200, await AskAsync(open));

        gateway.Put(TestCertificate.Create("second", notAfter: new(2035, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        await gateway.LookUntilAsync(() => gateway.Log.Of(TakenUp).Count == 1);

        Assert.Equal(200, await AskAsync(open));
        Assert.Equal("CN=second", await gateway.SubjectAsync());
        Assert.Equal(
            new DateTimeOffset(2035, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds(),
            await gateway.Gateway.MetricAsync("gateway_tls_certificate_not_after_timestamp_seconds"));
        Assert.Equal(1, await gateway.Gateway.MetricAsync(LastReload));
        Assert.Contains("the certificate of CN=second, valid until 01/01/2035", Assert.Single(gateway.Log.Of(TakenUp)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n")]
    [InlineData("neither PEM nor anything")]
    public async Task Renewal_Broken_KeepsTheOldCertificateAndSaysSo(string text)
    {
        await using var gateway = await SecureGateway.StartAsync();
        var whole = await File.ReadAllTextAsync(gateway.CertificateFile, Token);
        gateway.Put(gateway.CertificateFile, text);
        await gateway.LookUntilAsync(() => gateway.Log.Of(Refused).Count == 1);

        Assert.Equal("CN=first", await gateway.SubjectAsync());
        var ready = await gateway.ReadyAsync();
        Assert.Equal(("degraded", true), ((string?)ready["status"], (bool)ready["ready"]!));
        Assert.Contains(ready["reasons"]!.AsArray(), reason => ((string?)reason!["component"], (string?)reason["reason"]) == ("certificate", "rejected"));
        Assert.Equal(0, await gateway.Gateway.MetricAsync(LastReload));
        Assert.Contains(gateway.CertificateFile, gateway.Log.Of(Refused)[0], StringComparison.Ordinal);

        gateway.Put(gateway.CertificateFile, whole);
        await gateway.LookUntilAsync(() => gateway.Live.Rejected is null);
        Assert.Equal(1, await gateway.Gateway.MetricAsync(LastReload));
        Assert.Single(gateway.Log.Of(Refused));
        Assert.Empty(gateway.Log.Of(TakenUp));
    }

    [Fact]
    public async Task Renewal_FileGone_KeepsTheOldCertificateAndSaysSo()
    {
        await using var gateway = await SecureGateway.StartAsync();
        File.Delete(gateway.KeyFile);
        await gateway.LookUntilAsync(() => gateway.Log.Of(Refused).Count == 1);

        Assert.Equal("CN=first", await gateway.SubjectAsync());
        Assert.Contains("is gone or can't be read", gateway.Log.Of(Refused)[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Renewal_Expired_KeepsTheOneThatIsValid()
    {
        await using var gateway = await SecureGateway.StartAsync();
        gateway.Put(TestCertificate.Create("expired", notAfter: new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        await gateway.LookUntilAsync(() => gateway.Log.Of(Refused).Count == 1);

        Assert.Equal("CN=first", await gateway.SubjectAsync());
        Assert.EndsWith("the certificate has expired on 2025-01-01 00:00:00 UTC.", gateway.Log.Of(Refused)[0], StringComparison.Ordinal);
        await gateway.LookAsync();
        Assert.Single(gateway.Log.Of(Refused));
    }

    [Fact]
    public async Task Renewal_NotYetValid_WaitsForItsTime()
    {
        await using var gateway = await SecureGateway.StartAsync();
        var noon = gateway.Clock.GetUtcNow() + TimeSpan.FromHours(12);
        gateway.Put(TestCertificate.Create("tomorrow", notBefore: noon));
        await gateway.LookUntilAsync(() => gateway.Log.Of(Refused).Count == 1);
        Assert.Equal("CN=first", await gateway.SubjectAsync());

        gateway.Clock.CorrectWallClock(TimeSpan.FromHours(12));
        await gateway.LookUntilAsync(() => gateway.Log.Of(TakenUp).Count == 1);
        Assert.Equal("CN=tomorrow", await gateway.SubjectAsync());
        Assert.Null(gateway.Live.Rejected);
    }

    [Fact]
    public async Task Renewal_OfOneExpiredByAnother_TakesWhatThereIs()
    {
        var past = new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await using var gateway = await SecureGateway.StartAsync(certificate: TestCertificate.Create("old", notAfter: past));
        Assert.Equal("CN=old", await gateway.SubjectAsync());
        var reason = (await gateway.ReadyAsync())["reasons"]!.AsArray().Single(r => (string?)r!["component"] == "certificate")!;
        Assert.Equal(("expired", past), ((string?)reason["reason"], (DateTimeOffset)reason["since"]!));

        gateway.Put(TestCertificate.Create("older", notAfter: past));
        await gateway.LookUntilAsync(() => gateway.Log.Of(TakenUp).Count == 1);
        Assert.Equal("CN=older", await gateway.SubjectAsync());
    }

    // Whoever renews writes one file, and then the other.
    [Fact]
    public async Task Renewal_InTwoSteps_IsTakenUpWhenBothAreThere()
    {
        var second = TestCertificate.Create("second");
        await using var gateway = await SecureGateway.StartAsync();
        gateway.Put(gateway.CertificateFile, second.Pem);
        await gateway.LookUntilAsync(() => gateway.Log.Of(Refused).Count == 1);
        Assert.EndsWith("the private key isn't that of the certificate.", gateway.Log.Of(Refused)[0], StringComparison.Ordinal);
        Assert.Equal("CN=first", await gateway.SubjectAsync());

        gateway.Put(gateway.KeyFile, second.KeyPem);
        await gateway.LookUntilAsync(() => gateway.Log.Of(TakenUp).Count == 1);
        Assert.Equal("CN=second", await gateway.SubjectAsync());
        Assert.Null(gateway.Live.Rejected);
    }

    // Kubernetes: tls.crt -> ..data/tls.crt, ..data -> ..2026_01_01; a renewal swaps ..data.
    [Fact]
    public async Task Renewal_BySwappedSymlink_IsTakenUp()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Another system's mv swaps no symlinks.");
        DirectoryInfo? mount = null;
        await using var gateway = await SecureGateway.StartAsync(prepare: directory =>
        {
            mount = directory;
            Generation("..2026_01_01", TestCertificate.Create("first"));
            Directory.CreateSymbolicLink(Path.Combine(directory.FullName, "..data"), "..2026_01_01");
            File.CreateSymbolicLink(Path.Combine(directory.FullName, "tls.crt"), Path.Combine("..data", "tls.crt"));
            File.CreateSymbolicLink(Path.Combine(directory.FullName, "tls.key"), Path.Combine("..data", "tls.key"));
        });
        Assert.Equal("CN=first", await gateway.SubjectAsync());

        Generation("..2026_01_02", TestCertificate.Create("second"));
        Directory.CreateSymbolicLink(Path.Combine(mount!.FullName, "..data_tmp"), "..2026_01_02");
        using var swap = System.Diagnostics.Process.Start("mv", ["-T", Path.Combine(mount.FullName, "..data_tmp"), Path.Combine(mount.FullName, "..data")]);
        await swap.WaitForExitAsync(Token);
        await gateway.LookUntilAsync(() => gateway.Log.Of(TakenUp).Count == 1);

        Assert.Equal("CN=second", await gateway.SubjectAsync());
        Assert.Empty(gateway.Log.Of(Refused));

        void Generation(string name, TestCertificate certificate)
        {
            var generation = mount!.CreateSubdirectory(name);
            File.WriteAllText(Path.Combine(generation.FullName, "tls.crt"), certificate.Pem);
            File.WriteAllText(Path.Combine(generation.FullName, "tls.key"), certificate.KeyPem);
        }
    }

    [Fact]
    public async Task Edit_OfThePath_GoesToNewConnections()
    {
        await using var gateway = await SecureGateway.StartAsync();
        var other = Path.Combine(Path.GetDirectoryName(gateway.CertificateFile)!, "other.pem");
        var second = TestCertificate.Create("second");
        await File.WriteAllTextAsync(other, second.KeyPem + second.Pem, Token);

        await ApplyAsync(gateway, https => https["Certificate"] = new JsonObject { ["Path"] = other });
        Assert.Equal("CN=second", await gateway.SubjectAsync());

        // And that file is the one that is watched.
        gateway.Put(TestCertificate.Create("nobody's"));
        var third = TestCertificate.Create("third");
        gateway.Put(other, third.Pem + third.KeyPem);
        await gateway.LookUntilAsync(() => gateway.Log.Of(TakenUp).Count == 1);
        Assert.Equal("CN=third", await gateway.SubjectAsync());
    }

    [Fact]
    public async Task Edit_OfThePort_NeedsARestartAndSaysSo()
    {
        await using var gateway = await SecureGateway.StartAsync();
        await ApplyAsync(gateway, https => https["Port"] = 8443);
        await gateway.LookUntilAsync(() => gateway.Log.Of(408).Count > 0);

        Assert.Equal(
            "Https.Port 8443 is configured, and the gateway goes on with 0: a new port for HTTPS needs a restart.", Assert.Single(gateway.Log.Of(408)));
        Assert.Equal("CN=first", await gateway.SubjectAsync());
    }

    [Fact]
    public async Task Edit_ThatTakesHttpsAway_LeavesTheListenerUntilTheRestart()
    {
        await using var gateway = await SecureGateway.StartAsync();
        await ApplyAsync(gateway, https => https.Parent!.AsObject().Remove("Https"));
        await gateway.LookUntilAsync(() => gateway.Log.Of(408).Count > 0);

        Assert.Equal("CN=first", await gateway.SubjectAsync());
        Assert.EndsWith("goes on with 0: a new port for HTTPS needs a restart.", Assert.Single(gateway.Log.Of(408)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Edit_WithABadCertificate_IsRefusedAsAWhole()
    {
        await using var gateway = await SecureGateway.StartAsync();
        gateway.Put(
            gateway.Gateway.File, gateway.Configuration("http://127.0.0.1:9", root => root["Https"]!["Certificate"]!["KeyPath"] = "/nowhere/tls.key"));
        await gateway.LookUntilAsync(() => gateway.Log.Of(403).Count == 1);

        Assert.Contains("Https.Certificate.KeyPath: /nowhere/tls.key: the file isn't there or can't be read.", gateway.Log.Of(403)[0], StringComparison.Ordinal);
        Assert.Equal("CN=first", await gateway.SubjectAsync());
    }

    [Fact]
    public async Task Renewals_DuringTraffic_LoseNoRequest()
    {
        for (var round = 0; round < 20; round++)
        {
            await using var gateway = await SecureGateway.StartAsync();
            using var done = new CancellationTokenSource();
            var clients = Enumerable.Range(0, 4).Select(i => Task.Run(() => TalkAsync(i % 2 == 0 ? HttpVersion.Version20 : HttpVersion.Version11), Token)).ToList();
            for (var i = 1; i <= 3; i++)
            {
                gateway.Put(TestCertificate.Create($"c{i}"));
                await gateway.LookUntilAsync(() => gateway.Live.Current!.Subject == $"CN=c{i}");
                Assert.Equal($"CN=c{i}", await gateway.SubjectAsync());
            }

            await done.CancelAsync();
            Assert.All(await Task.WhenAll(clients).InTime(), count => Assert.True(count > 0));

            async Task<int> TalkAsync(Version version)
            {
                var count = 0;
                do
                {
                    using var client = gateway.Client(version);   // each a connection of its own, with two requests
                    Assert.Equal("""{"status":"ok"}""", await client.GetStringAsync("/health", Token));
                    Assert.Equal("""{"status":"ok"}""", await client.GetStringAsync("/health", Token));
                    count++;
                }
                while (!done.IsCancellationRequested);
                return count;
            }
        }
    }

    private static async Task ApplyAsync(SecureGateway gateway, Action<JsonNode> edit)
    {
        gateway.Put(gateway.Gateway.File, gateway.Configuration("http://127.0.0.1:9", root => edit(root["Https"]!)));
        await gateway.LookUntilAsync(() => gateway.Log.Of(401).Count == 1);
        Assert.Null(gateway.Live.Rejected);
    }

    private static async Task<int> AskAsync(Stream connection)
    {
        await connection.WriteAsync(Encoding.ASCII.GetBytes("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"), Token);
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        while (!answer.ToString().EndsWith("{\"status\":\"ok\"}", StringComparison.Ordinal))
        {
            var read = await connection.ReadAsync(buffer, Token).AsTask().InTime();
            Assert.NotEqual(0, read);
            answer.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }

        return int.Parse(answer.ToString().Split(' ')[1], provider: null);
    }
}
