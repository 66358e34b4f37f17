using System.Globalization;
using System.Text.Json.Nodes;
using EventGateway.Gateway.Admin;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Https;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Https;

/// <summary>Mistakes in <c>Https</c>, each found when the file loads.</summary>
public sealed class HttpsPlanTests : IDisposable
{
    private const string Password = "open sesame 42";

    private readonly CertificateFolder _folder = new();
    private readonly TestCertificate _certificate = TestCertificate.Create();

    private string Crt => _folder.CertificateFile;

    private string Key => _folder.KeyFile;

    public HttpsPlanTests() => _folder.Put(_certificate);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Https_NotWritten_IsOff()
    {
        var https = Reading.Shipped().IsTakenUp().Https;
        Assert.Equal((null, false, null), (https.Port, https.RedirectFromHttp, https.Hsts));
        Assert.Null(https.Certificate);
    }

    [Fact]
    public void Port_OfTheEnvironmentAlone_SwitchesItOn()
    {
        var https = Reading.Shipped(environment: new()
        {
            ["Https__Port"] = "8443",
            ["HTTPS__CERTIFICATE__PATH"] = Crt,
            ["Https__Certificate__KeyPath"] = Key,
        }).IsTakenUp().Https;
        Assert.Equal((8443, "CN=localhost"), (https.Port, https.Certificate!.Subject));
    }

    [Fact]
    public void Certificate_InEachFormThatThereIs_IsRead()
    {
        var rsa = TestCertificate.Create("rsa", isRsa: true);
        AssertRead("CN=rsa", rsa.Pem, rsa.KeyPem);
        AssertRead("CN=rsa", rsa.Pem, rsa.LockedKeyPem(Password), Password);
        AssertRead("CN=localhost", _certificate.Pem, _certificate.KeyPem);
        AssertRead("CN=localhost", _certificate.Pem, "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + _certificate.KeyPem);

        File.WriteAllText(Crt, _certificate.KeyPem + "text between\n" + _certificate.Pem);
        Assert.Equal("CN=localhost", Read(new JsonObject { ["Path"] = Crt }).IsTakenUp().Https.Certificate!.Subject);

        File.WriteAllBytes(Crt, rsa.Pfx(Password));
        Assert.Equal("CN=rsa", Read(new JsonObject { ["Path"] = Crt, ["Password"] = Password }).IsTakenUp().Https.Certificate!.Subject);
        File.WriteAllBytes(Crt, rsa.Pfx(null));
        Assert.Equal("CN=rsa", Read(new JsonObject { ["Path"] = Crt }).IsTakenUp().Https.Certificate!.Subject);
    }

    [Fact]
    public void Certificate_Bad_IsAnErrorAtTheKeyThatIsWrong()
    {
        Refused("Path", $"{Crt}x: the file isn't there or can't be read.", crt: Crt + "x");
        Refused("KeyPath", $"{Key}x: the file isn't there or can't be read.", key: Key + "x");
        Refused("KeyPath", $"{Crt}: there is no private key in it.", key: Crt);
        Refused("Path", $"{Key}: there is no certificate in it.", crt: Key);

        var other = TestCertificate.Create("other");
        File.WriteAllText(Key, other.KeyPem);
        Refused("KeyPath", $"{Key}: the private key isn't that of the certificate.");
        File.WriteAllText(Key, TestCertificate.Create(isRsa: true).KeyPem);
        Refused("KeyPath", $"{Key}: the private key isn't that of the certificate, or it is damaged.");
        File.WriteAllText(Key, _certificate.LockedKeyPem(Password));
        Refused("Password", $"{Key}: the private key is locked, and there is no password.");
        Refused("Password", $"{Key}: the password doesn't open the private key, or that isn't the certificate's.", password: "wrong " + Password);

        File.WriteAllText(Crt, _certificate.Pem.Replace("MII", "M!I", StringComparison.Ordinal)[..200]);
        Refused("Path", $"{Crt}: there is no certificate in it.");
        File.WriteAllText(Crt, "-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n");
        Refused("Path", $"{Crt}: a certificate in it is damaged.");
        File.WriteAllText(Crt, "no certificate at all");
        Refused("Path", $"{Crt}: this is neither PEM nor a PFX.");
        File.WriteAllText(Crt, "");
        Refused("Path", $"{Crt}: this is neither PEM nor a PFX.");
        File.WriteAllBytes(Crt, _certificate.Certificate.RawData);
        Refused("Path", $"{Crt}: this is neither PEM nor a PFX.");

        File.WriteAllBytes(Crt, _certificate.Pfx(Password));
        Refused("KeyPath", $"{Crt} is a PFX, which has its key in it.");
        Refused("Password", $"{Crt}: it is locked, and there is no password.", key: "");
        Refused("Password", $"{Crt}: the password doesn't open it.", key: "", password: "wrong " + Password);

        var client = TestCertificate.Create("client", usage: "1.3.6.1.5.5.7.3.2");
        _folder.Put(client);
        Refused("Path", $"{Crt}: the certificate isn't one for servers (extended key usage).");
    }

    [Fact]
    public void Password_InTheFile_IsShownToNobody()
    {
        File.WriteAllText(Key, _certificate.LockedKeyPem(Password));
        var root = Read(Certificate(password: Password)).IsTakenUp().Root;
        var certificate = root.Find("Https", "Certificate")!;
        Assert.True(SecretSettings.Has(certificate["Password"]!, [root, root["Https"]!, certificate]));
        Assert.False(SecretSettings.Has(certificate["Path"]!, [root, root["Https"]!, certificate]));
        Assert.DoesNotContain(Password, new CertificateFiles(Crt, Key, Password).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Certificate_OutOfItsTime_IsAWarning()
    {
        var now = TimeProvider.System.GetUtcNow();
        _folder.Put(TestCertificate.Create(notAfter: new(2025, 3, 1, 12, 30, 0, TimeSpan.Zero)));
        AssertWarns(Read(Certificate()), $"Https.Certificate.Path: {Crt}: the certificate has expired on 2025-03-01 12:30:00 UTC.");

        var later = new DateTimeOffset(now.Year + 1, 1, 1, 0, 0, 0, TimeSpan.Zero);
        _folder.Put(TestCertificate.Create(notBefore: later));
        AssertWarns(Read(Certificate()), $"Https.Certificate.Path: {Crt}: the certificate isn't valid before {later.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)} 00:00:00 UTC.");
    }

    [Fact]
    public void Problem_OfACertificate_NamesThePlaceInTheFile()
    {
        File.Delete(Key);
        var problem = Assert.Single(Reading.Text($$"""
            {
              "AllowEmpty": true,
              "Https": {
                "Port": 8443,
                "Certificate": {
                  "Path": "{{Crt}}",
                  "KeyPath": "{{Key}}"
                }
              }
            }
            """).Errors());
        Assert.StartsWith("appsettings.json:7:18: error: Https.Certificate.KeyPath: ", problem.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "Port": 8443 }""", "Https.Certificate: HTTPS needs a certificate.")]
    [InlineData("""{ "Port": 3000, "Certificate": "ours" }""", "Https.Port: this is the port for HTTP (3000).")]
    [InlineData("""{ "Port": 3001, "Certificate": "ours" }""", "Https.Port: this is the port for management (3001).")]
    [InlineData("""{ "RedirectFromHttp": true }""", "Https.RedirectFromHttp: there is nothing to redirect to: Https has no Port.")]
    [InlineData("""{ "Port": 8443, "Certificate": {} }""", "Https.Certificate.Path: Path is missing.")]
    [InlineData("""{ "Port": 65536, "Certificate": "ours" }""", "Https.Port: 65536 is out of range; Port goes from 0 to 65535.")]
    [InlineData("""{ "Port": "x", "RedirectFromHttp": true }""", "Https.Port: 'x' is not a whole number; Port goes from 0 to 65535.")]
    [InlineData("""{ "Hsts": {} }""", "Https.Hsts.MaxAge: MaxAge is missing.")]
    [InlineData("""{ "Hsts": { "MaxAge": "-00:00:01" } }""", "Https.Hsts.MaxAge: -00:00:01 is out of range; MaxAge goes from 00:00:00 to 3650.00:00:00.")]
    public void Https_Wrong_IsRefused(string text, string problem) => Read(JsonNode.Parse(text)!.AsObject()).IsRefused(problem);

    [Theory]
    [InlineData("""{ "Certificate": "ours" }""", "Https.Certificate: nobody gets to see it: Https has no Port.")]
    [InlineData("""{ "Hsts": { "MaxAge": "1.00:00:00" } }""", "Https.Hsts: no answer will have it: Https has no Port, and there is no TrustedProxy that could say https.")]
    [InlineData(
        """{ "Port": 8443, "Certificate": "ours", "Hsts": { "MaxAge": "365.00:00:00", "Preload": true } }""",
        "Https.Hsts.Preload: browsers' makers build in only what has IncludeSubDomains and a MaxAge of a year.")]
    [InlineData(
        """{ "Port": 8443, "Certificate": "ours", "Hsts": { "MaxAge": "364.00:00:00", "IncludeSubDomains": true, "Preload": true } }""",
        "Https.Hsts.Preload: browsers' makers build in only what has IncludeSubDomains and a MaxAge of a year.")]
    public void Https_Odd_IsAWarning(string text, string warning) => AssertWarns(Read(JsonNode.Parse(text)!.AsObject()), warning);

    [Theory]
    [InlineData("""{ "Hsts": { "MaxAge": "00:00:00" } }""", "max-age=0")]
    [InlineData("""{ "Hsts": { "MaxAge": "730.00:00:00", "IncludeSubDomains": true } }""", "max-age=63072000; includeSubDomains")]
    public void Hsts_BehindATrustedProxy_NeedsNoPort(string text, string value)
    {
        var loaded = Reading.Shipped(root =>
        {
            root["Https"] = JsonNode.Parse(text);
            root["TrustedProxies"] = new JsonArray("10.0.0.5");
        });
        Assert.Empty(loaded.Problems);
        Assert.Equal(value, loaded.Plan!.Https.Hsts);
    }

    private JsonObject Certificate(string? crt = null, string? key = null, string? password = null)
    {
        var certificate = new JsonObject { ["Path"] = crt ?? Crt, ["KeyPath"] = key ?? Key };
        if (password is not null)
        {
            certificate["Password"] = password;
        }

        return new JsonObject { ["Port"] = 8443, ["Certificate"] = certificate };
    }

    private void Refused(string at, string text, string? crt = null, string? key = null, string? password = null)
    {
        var loaded = Read(Certificate(crt, key, password));
        loaded.IsRefused($"Https.Certificate.{at}: {text}");
        Assert.DoesNotContain(loaded.Problems, problem => problem.ToString().Contains(Password, StringComparison.Ordinal));
    }

    private void AssertRead(string subject, string crt, string key, string? password = null)
    {
        File.WriteAllText(Crt, crt);
        File.WriteAllText(Key, key);
        var loaded = Read(Certificate(password: password));
        Assert.Empty(loaded.Problems);
        Assert.Equal(subject, loaded.Plan!.Https.Certificate!.Subject);
    }

    private static void AssertWarns(LoadedConfiguration loaded, string warning)
    {
        loaded.IsTakenUp();
        var problem = Assert.Single(loaded.Problems);
        Assert.Equal(warning, $"{problem.Path}: {problem.Text}");
    }

    // "ours" stands for the certificate of these tests, and what has a Path for that alone.
    private LoadedConfiguration Read(JsonObject https) => Reading.Shipped(root =>
    {
        var written = https["Path"] is not null ? new JsonObject { ["Port"] = 8443, ["Certificate"] = https.DeepClone() } : https.DeepClone();
        if (written["Certificate"] is JsonValue)
        {
            written["Certificate"] = Certificate()["Certificate"]!.DeepClone();
        }

        root["Https"] = written;
    });
}
