using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using EventGateway.Gateway.Management;
using EventGateway.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EventGateway.Gateway.Tests.Management;

/// <summary>A gateway with a management port of its own, seen from both of its ports; its clock stands still until the test moves it.</summary>
internal sealed class ManagedGateway : IAsyncDisposable
{
    public const string Token = "s3cret";

    private readonly RawUpstream _upstream;

    private ManagedGateway(RawUpstream upstream, TestGateway gateway, ManualClock clock)
    {
        _upstream = upstream;
        Gateway = gateway;
        Clock = clock;
        Admin = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{gateway.ManagementPort}") };
        Admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
    }

    public TestGateway Gateway { get; }

    public ManualClock Clock { get; }

    /// <summary>Has the token.</summary>
    public HttpClient Admin { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="edit">Changes the shipped configuration.</param>
    /// <param name="token">The gateway's.</param>
    /// <param name="answer">The upstream's to whatever it is asked.</param>
    /// <param name="services">What comes last.</param>
    public static async Task<ManagedGateway> StartAsync(
        Action<JsonNode>? edit = null, string token = Token, string answer = "200 OK", Action<IServiceCollection>? services = null)
    {
        var upstream = RawUpstream.Start((_, connection) => connection.RespondAsync("\"upstream\"", answer));
        var clock = new ManualClock();
        var configuration = TestGateway.Configuration(upstream.Address, edit);
        var gateway = await TestGateway.StartWithAsync(configuration, clock, Services, new() { ["ADMIN_TOKEN"] = token });
        return new ManagedGateway(upstream, gateway, clock);

        void Services(IServiceCollection all)
        {
            all.Configure<KestrelServerOptions>(kestrel => kestrel.Listen(IPAddress.Loopback, 0, ManagementListener.Mark));
            services?.Invoke(all);
        }
    }

    /// <summary>A GET over the management port, with headers as a browser may send them.</summary>
    public Task<(int Status, JsonNode Body)> GetAsync(string path, params (string Name, string Value)[] headers) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, path), headers);

    public Task<(int Status, JsonNode Body)> ChangeAsync(string verb, string body, params (string Name, string Value)[] headers) =>
        SendAsync(
            new HttpRequestMessage(HttpMethod.Post, $"/admin/breakers/addEvent/{verb}")
            {
                Content = new StringContent(body, Encoding.UTF8, "application/json"),
            },
            headers);

    /// <summary>A client's guarded call over the public port: its status.</summary>
    public async Task<int> PostEventAsync()
    {
        using var body = new StringContent("""{"name":"n","userId":"1"}""", Encoding.UTF8, "application/json");
        using var response = await Gateway.Client.PostAsync("/addEvent", body, Cancellation);
        return (int)response.StatusCode;
    }

    public async Task<JsonNode> BreakerAsync() => (await GetAsync("/admin/breakers/addEvent")).Body;

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await _upstream.DisposeAsync();
        await Gateway.DisposeAsync();
    }

    private async Task<(int Status, JsonNode Body)> SendAsync(HttpRequestMessage request, (string Name, string Value)[] headers)
    {
        using (request)
        {
            foreach (var (name, value) in headers)
            {
                request.Headers.Remove(name);
                request.Headers.TryAddWithoutValidation(name, value);
            }

            using var response = await Admin.SendAsync(request, Cancellation);
            return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!);
        }
    }
}
