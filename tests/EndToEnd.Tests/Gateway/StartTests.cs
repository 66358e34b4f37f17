using System.Globalization;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using EventGateway.EndToEnd.Tests.Processes;
using EventGateway.Testing;

namespace EventGateway.EndToEnd.Tests.Gateway;

/// <summary>What an operator meets who starts the gateway.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task Start_NoEventApi_SaysSoInOneLineAndServes()
    {
        using var nobody = new NobodysPort();
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch
        {
            Variables = { ["EVENT_API_BASE_URL"] = nobody.Address },
        });

        var line = JsonNode.Parse(await gateway.Output.FirstAsync(l => l.Contains("\"Warning\"", StringComparison.Ordinal)))!;
        Assert.Contains(nobody.Address, (string?)line["Message"], StringComparison.Ordinal);

        var (status, ready) = await gateway.GetJsonAsync("/ready");
        Assert.Equal((200, "degraded"), (status, (string?)ready["status"]));
        Assert.Contains("event-api", (string?)Assert.Single(ready["reasons"]!.AsArray())!["component"], StringComparison.Ordinal);
        foreach (var path in new[] { "/getUsers", "/getEvents", "/getEventsByUserId/1" })
        {
            Assert.Equal(502, (await gateway.GetJsonAsync(path)).Status);
        }

        await gateway.TerminateAsync();
        var ended = await gateway.WaitForExitAsync();
        Assert.Equal(0, ended.ExitCode);
        Assert.Single(ended.Output, l => l.Contains("\"Warning\"", StringComparison.Ordinal));
        Assert.Empty(ended.Errors);
    }

    [Fact]
    public async Task Start_EventApiThere_IsReadyWithoutAWarning()
    {
        await using var upstream = NamedUpstream.Start("here");
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch
        {
            Variables = { ["EVENT_API_BASE_URL"] = upstream.Address },
        });

        var (status, ready) = await gateway.GetJsonAsync("/ready");
        Assert.Equal((200, """{"ready":true,"status":"ready","reasons":[]}"""), (status, ready.ToJsonString()));
        Assert.Equal("here", await NamedUpstream.AskAsync(gateway));

        await gateway.TerminateAsync();
        Assert.DoesNotContain((await gateway.WaitForExitAsync()).Output, l => l.Contains("\"Warning\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_PortZero_PrintsTheFreePortItTook()
    {
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch());
        Assert.Equal(200, (await gateway.GetJsonAsync("/health")).Status);
    }

    [Fact]
    public async Task Start_IPv6_ListensThereToo()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "This machine has no IPv6.");
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch());
        using var client = new HttpClient();
        var answer = await client.GetStringAsync(new Uri($"http://[::1]:{gateway.Port}/health"), TestContext.Current.CancellationToken);
        Assert.Equal("""{"status":"ok"}""", answer);
    }

    [Theory]
    [InlineData("PORT")]
    [InlineData("MANAGEMENT_PORT")]
    public async Task Start_PortTaken_SaysSoInOneLineAndExitsWith1(string variable)
    {
        await using var other = NamedUpstream.Start("other");
        var ended = await new GatewayLaunch { Variables = { [variable] = PortOf(other) } }.RunAsync();
        Assert.Equal(1, ended.ExitCode);
        Assert.StartsWith($"Port {PortOf(other)} ({variable}) can't be listened on: ", Assert.Single(ended.Errors), StringComparison.Ordinal);
        // A warning is fair: a server that starts on a busy machine may say that it is slow.
        Assert.All(ended.Output, line => Assert.Contains("\"LogLevel\":\"Warning\"", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_HttpsPortTaken_SaysSoInOneLineAndExitsWith1()
    {
        await using var other = NamedUpstream.Start("other");
        var launch = WithHttps();
        launch.Variables["Https__Port"] = PortOf(other);
        var ended = await launch.RunAsync();
        Assert.Equal(1, ended.ExitCode);
        Assert.StartsWith($"Port {PortOf(other)} (Https__Port) can't be listened on: ", Assert.Single(ended.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_BesideHttps_NamesTheTakenManagementPort()
    {
        await using var other = NamedUpstream.Start("other");
        var launch = WithHttps();
        launch.Variables["MANAGEMENT_PORT"] = PortOf(other);
        var ended = await launch.RunAsync();
        Assert.StartsWith($"Port {PortOf(other)} (MANAGEMENT_PORT) can't be listened on: ", Assert.Single(ended.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_BadCertificate_SaysWhereAndExitsWith78WithoutThePassword()
    {
        var launch = WithHttps(key => key.LockedKeyPem("open sesame"));
        launch.Variables["Https__Certificate__Password"] = "open parsley";
        var ended = await launch.RunAsync();
        Assert.Equal(78, ended.ExitCode);
        var line = Assert.Single(ended.Errors);
        Assert.StartsWith("Https__Certificate__Password: error: Https.Certificate.Password: ", line, StringComparison.Ordinal);
        Assert.EndsWith("tls.pem: the password doesn't open the private key, or that isn't the certificate's.", line, StringComparison.Ordinal);
        Assert.DoesNotContain(ended.Output.Concat(ended.Errors), text => text.Contains("parsley", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_FrameworksOwnAddresses_DontMoveThePort()
    {
        // Whoever listened to one of these would end with "port taken".
        await using var other = NamedUpstream.Start("other");
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch
        {
            Variables =
            {
                ["ASPNETCORE_URLS"] = other.Address,
                ["DOTNET_URLS"] = other.Address,
                ["URLS"] = other.Address,
                ["ASPNETCORE_HTTP_PORTS"] = PortOf(other),
                ["HTTP_PORTS"] = PortOf(other),
                ["Kestrel__Endpoints__Http__Url"] = other.Address,
            },
        });
        Assert.Equal(200, (await gateway.GetJsonAsync("/health")).Status);
        Assert.Equal(0, other.Connections);
    }

    [Fact]
    public async Task Start_AsShipped_DoesWithoutServerGarbageCollection()
    {
        var text = await File.ReadAllTextAsync(
            Path.Combine(AppContext.BaseDirectory, "eventgateway.runtimeconfig.json"), TestContext.Current.CancellationToken);
        var settings = JsonNode.Parse(text)!["runtimeOptions"]!["configProperties"]!;
        Assert.False((bool?)settings["System.GC.Server"] ?? false);
    }

    private static GatewayLaunch WithHttps(Func<TestCertificate, string>? key = null)
    {
        var certificate = TestCertificate.Create();
        return new GatewayLaunch
        {
            Variables = { ["Https__Port"] = "0", ["Https__Certificate__Path"] = "tls.pem" },
            Files = { ["tls.pem"] = certificate.Pem + (key?.Invoke(certificate) ?? certificate.KeyPem) },
        };
    }

    private static string PortOf(RawUpstream server) => server.Port.ToString(CultureInfo.InvariantCulture);
}
