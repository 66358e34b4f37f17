using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using EventGateway.Gateway.Admin;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Management;

namespace EventGateway.Gateway.Commands.Operate;

/// <summary>The gateway that runs on this machine, by its management port. Each answer is a text, or one line that says why there is none.</summary>
internal sealed class RunningGateway : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _client;

    public RunningGateway(GatewayOptions options, string? token)
    {
        // No proxy: this is about the machine that we are on.
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = ManagementListener.UrlOf(options), Timeout = Patience };
        if (token is not null)
        {
            _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Trim());
        }
    }

    public Task<(string? Text, string Problem)> ShowBreakerAsync(string name, CancellationToken cancellation) =>
        AskAsync(HttpMethod.Get, PathOf(name), null, AdminJson.Legible.BreakerDetail, BreakerText.Of, cancellation);

    public Task<(string? Text, string Problem)> ChangeBreakerAsync(string name, string verb, string? reason, string? ttl, CancellationToken cancellation)
    {
        var body = new JsonObject();
        if (reason is not null)
        {
            body["reason"] = reason;
        }

        if (ttl is not null)
        {
            body["ttl"] = ttl;
        }

        return AskAsync(HttpMethod.Post, $"{PathOf(name)}/{verb}", body, AdminJson.Legible.ChangeReport, BreakerText.Of, cancellation);
    }

    public void Dispose() => _client.Dispose();

    private static string PathOf(string breaker) => $"{AdminEndpoints.Prefix}/breakers/{Uri.EscapeDataString(breaker)}";

    private string RefusalIn(JsonNode? error) => (string?)error?["code"] == GatewayError.NotFound.Code
        ? $"The gateway at {_client.BaseAddress} (MANAGEMENT_PORT) has no admin API there: this is not its management port."
        : $"{_client.BaseAddress} refuses: {(string?)error?["detail"] ?? throw new JsonException()}";

    private async Task<(string? Text, string Problem)> AskAsync<T>(
        HttpMethod method, string path, JsonObject? body, JsonTypeInfo<T> type, Func<T, string> toText, CancellationToken cancellation)
    {
        try
        {
            using var request = new HttpRequestMessage(method, path);
            request.Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
            using var response = await _client.SendAsync(request, cancellation);
            var text = await response.Content.ReadAsStringAsync(cancellation);
            return response.IsSuccessStatusCode
                ? (toText(JsonSerializer.Deserialize(text, type)!), "")
                : (null, RefusalIn(JsonNode.Parse(text)));
        }
        catch (HttpRequestException e)
        {
            return (null, $"No gateway answers at {_client.BaseAddress} (MANAGEMENT_PORT): {e.Message}");
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, $"{_client.BaseAddress} (MANAGEMENT_PORT) has not answered within {Patience.TotalSeconds} s.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return (null, $"What answers at {_client.BaseAddress} (MANAGEMENT_PORT) is no gateway.");
        }
    }
}
