using System.Net;
using System.Text.Json.Nodes;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Health;
using EventGateway.Gateway.Management;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Gateway.Tests.Wire;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Management;

public sealed class ManagementListenerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/admin/breakers")]
    [InlineData("/admin/breakers/addEvent")]
    [InlineData("/admin/config")]
    [InlineData("/admin/routes")]
    [InlineData("/status")]
    public async Task PublicPort_PathOfTheOperators_IsNothing(string path)
    {
        await using var gateway = await ManagedGateway.StartAsync();
        using var client = await RawClient.ConnectAsync(gateway.Gateway.Port, Token);

        // Not even for who names the other port.
        var management = $"localhost:{gateway.Gateway.ManagementPort}";
        await client.SendAsync(Http.Get(path).Replace("gateway.test", management, StringComparison.Ordinal), Token);
        Problem.Of(await client.ReadResponseAsync(Token), 404, "no_route");
    }

    [Theory]
    [InlineData("/admin/breakers")]
    [InlineData("/status")]
    public async Task PublicPort_RouteForEverything_GetsTheOperatorsPathsToo(string path)
    {
        await using var gateway = await ManagedGateway.StartAsync(root =>
            root["ReverseProxy"]!["Routes"]!["all"] = new JsonObject { ["ClusterId"] = "event-api", ["Match"] = new JsonObject { ["Path"] = "/{**any}" } });

        Assert.Equal("\"upstream\"", await gateway.Gateway.Client.GetStringAsync(path, Token));
        Assert.Contains("breakers", (await gateway.GetAsync("/admin/breakers")).Body.AsObject().Select(m => m.Key));
    }

    [Theory]
    [InlineData("/getUsers")]
    [InlineData("/getEventsByUserId/1")]
    [InlineData("/addEvent")]
    [InlineData("/")]
    public async Task ManagementPort_PathOfClients_IsNothing(string path)
    {
        await using var gateway = await ManagedGateway.StartAsync();
        var (status, body) = await gateway.GetAsync(path);

        Assert.Equal((404, "no_route"), (status, (string?)body["code"]));
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/ready")]
    [InlineData("/metrics")]
    [InlineData("/admin/breakers")]
    public async Task ManagementPort_OwnPath_Answers(string path)
    {
        await using var gateway = await ManagedGateway.StartAsync();
        using var response = await gateway.Admin.GetAsync(path, Token);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task ManagementPort_AnotherMethod_SaysWhichItTakes()
    {
        await using var gateway = await ManagedGateway.StartAsync();
        using var response = await gateway.Admin.DeleteAsync("/admin/breakers", Token);

        Assert.Equal((HttpStatusCode.MethodNotAllowed, "GET, HEAD"), (response.StatusCode, string.Join(", ", response.Content.Headers.Allow)));
    }

    [Fact]
    public async Task PublicMetrics_TurnedOffByAnEdit_AreGoneThereAndStayForTheOperator()
    {
        await using var gateway = await ManagedGateway.StartAsync();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway.Gateway.Client));

        var live = gateway.Gateway.Services.GetRequiredService<LiveConfiguration>();
        await live.ApplyAsync(Reading.Shipped(root => root["PublicMetrics"] = false).IsTakenUp());

        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(gateway.Gateway.Client));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway.Admin));

        static async Task<HttpStatusCode> StatusAsync(HttpClient client)
        {
            using var response = await client.GetAsync("/metrics", Token);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task Draining_OperatorsRequests_AreNotWaitedFor()
    {
        await using var gateway = await ManagedGateway.StartAsync();
        using var client = await RawClient.ConnectAsync(gateway.Gateway.ManagementPort, Token);
        await client.SendAsync(
            "POST /admin/breakers/addEvent/reset HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer s3cret\r\nContent-Type: application/json\r\n"
                + "Content-Length: 9\r\nExpect: 100-continue\r\n\r\n",
            Token);
        Assert.Equal(100, (await client.ReadResponseAsync(Token)).Status);   // it waits for the body

        Assert.True(gateway.Gateway.Services.GetRequiredService<InFlightRequests>().DrainAsync().IsCompleted);
    }

    [Theory]
    [InlineData("localhost", "localhost")]
    [InlineData("Localhost", "localhost")]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("0.0.0.0", "localhost")]
    [InlineData("::", "localhost")]
    [InlineData("::1", "[::1]")]
    [InlineData("10.1.2.3", "10.1.2.3")]
    public void UrlOf_Address_IsWhereThisMachineReachesIt(string address, string host) => Assert.Equal(
        $"http://{host}:3001/", ManagementListener.UrlOf(new GatewayOptions { ManagementAddress = address }).ToString());

    [Fact]
    public void ManagementAddress_NoAddress_IsRefused() => Reading.Shipped(root => root["ManagementAddress"] = "gateway.example").IsRefused(
        "ManagementAddress: 'gateway.example' is neither localhost nor an IP address; 0.0.0.0 or :: stand for all of this machine's.");

    [Fact]
    public void ManagementPort_SameAsThePublicOne_IsRefused() =>
        Reading.Shipped(root => (root["Port"], root["ManagementPort"]) = (3000, 3000)).IsRefused("ManagementPort: ManagementPort (3000) is the public Port.");

    [Fact]
    public void ManagementPort_DefaultIsThePublicOne_IsOffWithAWarning()
    {
        var loaded = Reading.WithVariable("PORT", "3001");

        Assert.Equal(0, loaded.IsTakenUp().Options.ManagementPort);
        Assert.Equal(
            "PORT: warning: Port (3001) is the default of ManagementPort: management is off until that names another.",
            Assert.Single(loaded.Problems).ToString());
    }

    [Fact]
    public void ManagementPort_BothPortsZero_IsAFreePublicOneAndNoManagement() =>
        Reading.Shipped(root => (root["Port"], root["ManagementPort"]) = (0, 0)).IsTakenUp();
}
