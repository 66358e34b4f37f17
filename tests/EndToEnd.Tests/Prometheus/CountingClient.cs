using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EventGateway.EndToEnd.Tests.Processes;

namespace EventGateway.EndToEnd.Tests.Prometheus;

/// <summary>A client that writes down what it did and what it got, in the words of the gateway's metrics.</summary>
internal sealed partial class CountingClient(GatewayProcess gateway, Ledger ledger)
{
    private const string Breaker = "addEvent";
    private const string Cluster = "event-api";
    private const string NewEvent = """{"name":"Incident","userId":"2"}""";

    // What the server writes down for a request whose client has left.
    private const HttpStatusCode ClientLeft = (HttpStatusCode)499;

    /// <summary>Reads a list. A cause is what this test has made the upstream do.</summary>
    public async Task ReadAsync(string route, string? cause = null, int attempts = 1, string prefix = "", string? coding = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{prefix}/{route}");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", coding);
        using var response = await gateway.Client.SendAsync(request);
        Assert.Equal(coding, response.Content.Headers.ContentEncoding.SingleOrDefault());
        await response.Content.ReadAsStringAsync();
        CountRequest($"/{route}", response.StatusCode);
        for (var i = 0; i < attempts; i++)
        {
            CountCall(route, "GET", cause);
        }
    }

    /// <summary>Reads a list that the gateway has kept.</summary>
    public async Task ReadKeptAsync(string route)
    {
        using var response = await gateway.Client.GetAsync($"/{route}");
        await response.Content.ReadAsStringAsync();
        CountRequest($"/{route}", response.StatusCode);
    }

    /// <summary>Reads a list that the upstream holds, and goes away without an answer, when <paramref name="leave"/> has ended.</summary>
    public async Task AbandonReadAsync(string route, Func<Task> leave)
    {
        await AbandonAsync(HttpMethod.Get, $"/{route}", content: null, leave);
        CountRequest($"/{route}", ClientLeft);
        ledger.Count("gateway_upstream_request_duration_seconds_count", CallLabels(route, "GET", "ignored"));
    }

    /// <summary>Writes an event, and says in which state the breaker refused it; null: it didn't.</summary>
    public async Task<string?> AddEventAsync(string body = NewEvent)
    {
        using var content = Json(body);
        using var response = await gateway.Client.PostAsync("/addEvent", content);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        CountRequest("/addEvent", response.StatusCode);
        if ((string?)answer["circuitBreakerState"] is { } state)
        {
            ledger.Count("gateway_breaker_rejections_total", ("breaker", Breaker), ("state", state.ToLowerInvariant()));
            return state;
        }

        var failed = response.StatusCode >= HttpStatusCode.InternalServerError;
        CountBreakerCall(failed ? "failure" : "success", failed ? "status_5xx" : "none");
        CountCall("addEvent", "POST", failed ? "status_5xx" : null);
        return null;
    }

    /// <summary>Writes an event and goes away without an answer, when <paramref name="leave"/> has ended.</summary>
    public async Task AbandonEventAsync(Func<Task> leave)
    {
        await AbandonAsync(HttpMethod.Post, "/addEvent", Json(NewEvent), leave);
        CountRequest("/addEvent", ClientLeft);
        CountBreakerCall("ignored", "client_abort");
        ledger.Count("gateway_upstream_request_duration_seconds_count", CallLabels("addEvent", "POST", "ignored"));
    }

    /// <summary>Gets an aggregated answer; true: a part of it was missing.</summary>
    /// <param name="aggregation">Its name.</param>
    /// <param name="path">Its path, up to the user's id.</param>
    /// <param name="user">An id.</param>
    /// <param name="events">How many events the user has.</param>
    public async Task<bool> AggregateAsync(string aggregation, string path, int user, int events)
    {
        using var response = await gateway.Client.GetAsync($"{path}/{user}");
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        CountRequest(path + "/{id}", response.StatusCode);

        var failed = response.Headers.TryGetValues("X-Gateway-Partial", out var partial)
            ? int.Parse(FailedParts().Match(partial.Single()).Groups[1].ValueSpan, CultureInfo.InvariantCulture)
            : response.IsSuccessStatusCode ? 0 : events;
        CountPart(aggregation, "user", "success");
        for (var i = 0; i < events; i++)
        {
            CountPart(aggregation, "event", i < failed ? "bad_status" : "success");
        }

        var result = failed == 0 ? "success" : response.IsSuccessStatusCode ? "partial" : (string)body["code"]!;
        CountAggregation(aggregation, result, events);
        return result == "partial";
    }

    /// <summary>
    /// Asks for an aggregated answer, whose first step the upstream holds, and goes away when <paramref name="leave"/> has ended. Where it takes part
    /// in another's call, it makes none.
    /// </summary>
    public async Task AbandonAggregationAsync(string aggregation, string path, int user, Func<Task> leave, int calls = 1)
    {
        await AbandonAsync(HttpMethod.Get, $"{path}/{user}", content: null, leave);
        CountRequest(path + "/{id}", ClientLeft);
        ledger.Count("gateway_aggregation_parts_total", ("aggregation", aggregation), ("step", "user"), ("outcome", "cancelled"));
        CountAggregation(aggregation, "cancelled", fanOut: 0);
        if (calls > 0)
        {
            ledger.Add("gateway_upstream_request_duration_seconds_count", calls, CallLabels(aggregation, "GET", "ignored"));
        }
    }

    /// <summary>Sends what the gateway refuses by itself.</summary>
    public async Task SendRefusedAsync(HttpMethod method, string path, string route, string reason, HttpContent? content = null)
    {
        var status = await SendAsync(method, path, content);
        CountRequest(reason is "no_route" or "method" ? null : path, status);
        ledger.Count("gateway_requests_rejected_total", ("route", route), ("reason", reason));
    }

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private async Task AbandonAsync(HttpMethod method, string path, HttpContent? content, Func<Task> leave)
    {
        using var cancellation = new CancellationTokenSource();
        var answer = SendAsync(method, path, content, cancellation.Token);
        await leave();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
    }

    private async Task<HttpStatusCode> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using var response = await gateway.Client.SendAsync(request, cancellationToken);
        return response.StatusCode;
    }

    private void CountRequest(string? route, HttpStatusCode status)
    {
        (string, string)[] labels = [("http_response_status_code", ((int)status).ToString(CultureInfo.InvariantCulture))];
        ledger.Count("http_server_request_duration_seconds_count", route is null ? labels : [.. labels, ("http_route", route)]);
    }

    private void CountBreakerCall(string outcome, string cause) =>
        ledger.Count("gateway_breaker_calls_total", ("breaker", Breaker), ("outcome", outcome), ("cause", cause));

    private void CountCall(string route, string method, string? cause)
    {
        ledger.Count("gateway_upstream_request_duration_seconds_count", CallLabels(route, method, cause is null ? "success" : "failure"));
        if (cause is not null)
        {
            ledger.Count("gateway_upstream_errors_total", ("route", route), ("cluster", Cluster), ("cause", cause));
        }
    }

    private void CountPart(string aggregation, string step, string outcome)
    {
        ledger.Count("gateway_aggregation_parts_total", ("aggregation", aggregation), ("step", step), ("outcome", outcome));
        CountCall(aggregation, "GET", outcome == "success" ? null : "status_5xx");
    }

    private void CountAggregation(string aggregation, string result, int fanOut)
    {
        ledger.Count("gateway_aggregation_duration_seconds_count", ("aggregation", aggregation), ("result", result));
        ledger.Count("gateway_aggregation_fanout_count", ("aggregation", aggregation));
        if (fanOut > 0)
        {
            ledger.Add("gateway_aggregation_fanout_sum", fanOut, ("aggregation", aggregation));
        }
    }

    private static (string, string)[] CallLabels(string route, string method, string outcome) =>
        [("route", route), ("cluster", Cluster), ("method", method), ("outcome", outcome)];

    [GeneratedRegex(@"failed=(\d+)")]
    private static partial Regex FailedParts();
}
