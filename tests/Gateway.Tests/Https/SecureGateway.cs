using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using EventGateway.Gateway.Https;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Https;

/// <summary>A gateway with HTTPS, whose certificate a test may change. Its clock stands still until the test moves it.</summary>
internal sealed class SecureGateway : IAsyncDisposable
{
    private readonly DirectoryInfo _directory;

    private SecureGateway(TestGateway gateway, ManualClock clock, LogEntries log, DirectoryInfo directory)
    {
        Gateway = gateway;
        Clock = clock;
        Log = log;
        _directory = directory;
    }

    public TestGateway Gateway { get; }

    public ManualClock Clock { get; }

    public LogEntries Log { get; }

    public string CertificateFile => Path.Combine(_directory.FullName, "tls.crt");

    public string KeyFile => Path.Combine(_directory.FullName, "tls.key");

    public LiveCertificate Live => Gateway.Services.GetRequiredService<LiveCertificate>();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="upstream">Where the shipped file's cluster leads.</param>
    /// <param name="edit">Changes the configuration.</param>
    /// <param name="certificate">To begin with.</param>
    /// <param name="prepare">Lays the certificate's files ready in a directory, where they aren't just two files.</param>
    /// <param name="services">What comes last.</param>
    public static async Task<SecureGateway> StartAsync(
        string upstream = "http://127.0.0.1:9", Action<JsonNode>? edit = null, TestCertificate? certificate = null,
        Action<DirectoryInfo>? prepare = null, Action<IServiceCollection>? services = null)
    {
        var directory = Directory.CreateTempSubdirectory("https-");
        if (prepare is not null)
        {
            prepare(directory);
        }
        else
        {
            Put(directory, certificate ?? TestCertificate.Create("first"));
        }

        var clock = new ManualClock();
        var log = new LogEntries();
        var configuration = TestGateway.Configuration(upstream, root => Edit(root, directory, edit));
        var gateway = await TestGateway.StartWithAsync(configuration, clock, all =>
        {
            all.AddSingleton<ILoggerProvider>(log);
            services?.Invoke(all);
        });
        return new SecureGateway(gateway, clock, log, directory);
    }

    /// <summary>The gateway's configuration once more, after another edit.</summary>
    public string Configuration(string upstream, Action<JsonNode> edit) => TestGateway.Configuration(upstream, root => Edit(root, _directory, edit));

    /// <summary>Replaces the files, each in one step.</summary>
    public void Put(TestCertificate certificate) => Put(_directory, certificate);

    public void Put(string file, string text)
    {
        File.WriteAllText(file + ".new", text);
        File.Move(file + ".new", file, overwrite: true);
    }

    /// <summary>A connection with TLS, and the name in the certificate that it got.</summary>
    public async Task<(SslStream Stream, string Subject)> ConnectAsync(Action<SslClientAuthenticationOptions>? edit = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, Gateway.HttpsPort, Token);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            var options = new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, _, _, _) => true };
            edit?.Invoke(options);
            await stream.AuthenticateAsClientAsync(options, Token);
            return (stream, stream.RemoteCertificate!.Subject);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>The name in the certificate that a new connection gets.</summary>
    public async Task<string> SubjectAsync()
    {
        var (stream, subject) = await ConnectAsync();
        await stream.DisposeAsync();
        return subject;
    }

    /// <summary>A client of this HTTP version alone, that takes any certificate.</summary>
    public HttpClient Client(Version version) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        SslOptions = { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
    })
    {
        BaseAddress = new Uri($"https://localhost:{Gateway.HttpsPort}"),
        DefaultRequestVersion = version,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>Has the gateway look at the files until something is so.</summary>
    public async Task LookUntilAsync(Func<bool> condition)
    {
        for (var patience = 5000; !condition(); patience--)
        {
            Assert.NotEqual(0, patience);
            Clock.Advance(TimeSpan.FromMilliseconds(250));
            await Task.Delay(TimeSpan.FromMilliseconds(1), Token);
        }
    }

    /// <summary>Has the gateway look at the files often enough to have seen whatever is there.</summary>
    public async Task LookAsync()
    {
        for (var i = 0; i < 40; i++)
        {
            Clock.Advance(TimeSpan.FromMilliseconds(250));
            await Task.Delay(TimeSpan.FromMilliseconds(5), Token);
        }
    }

    public async Task<JsonNode> ReadyAsync() => JsonNode.Parse(await Gateway.Client.GetStringAsync("/ready", Token))!;

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private static void Put(DirectoryInfo directory, TestCertificate certificate)
    {
        foreach (var (name, text) in new[] { ("tls.crt", certificate.Pem), ("tls.key", certificate.KeyPem) })
        {
            var file = Path.Combine(directory.FullName, name);
            File.WriteAllText(file + ".new", text);
            File.Move(file + ".new", file, overwrite: true);
        }
    }

    private static void Edit(JsonNode root, DirectoryInfo directory, Action<JsonNode>? edit)
    {
        root["Https"] = new JsonObject
        {
            ["Port"] = 0,
            ["Certificate"] = new JsonObject
            {
                ["Path"] = Path.Combine(directory.FullName, "tls.crt"),
                ["KeyPath"] = Path.Combine(directory.FullName, "tls.key"),
            },
        };
        edit?.Invoke(root);
    }
}
