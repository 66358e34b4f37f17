using System.Reflection;
using System.Text.Json.Nodes;
using EventGateway.Aggregator;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Requests;
using Microsoft.AspNetCore.WebUtilities;

namespace EventGateway.Gateway.Tests.Errors;

public sealed class GatewayErrorTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().AddSingleton<RequestMetrics>().BuildServiceProvider();

    private static readonly GatewayError[] OneOfEach =
    [
        .. typeof(GatewayError).GetProperties(BindingFlags.Public | BindingFlags.Static).Select(p => p.GetValue(null)).Cast<GatewayError>(),
        GatewayError.Unauthenticated("The token has expired.", "Bearer"),
        GatewayError.Forbidden("Bearer"),
        GatewayError.AuthenticationUnavailable(TimeSpan.FromSeconds(5)),
        GatewayError.NoBreaker("There is no circuit breaker 'x'."),
        GatewayError.MethodNotAllowed("POST"),
        GatewayError.UnreadableBody(400),
        GatewayError.UnreadableBody(408),
        GatewayError.TooLarge(65_536),
        GatewayError.UnsupportedMediaType("The Content-Type must be application/json."),
        GatewayError.InvalidBody("name", "'name' is missing in the request body."),
        GatewayError.CircuitOpen(new CircuitRejection(CircuitState.Open, TimeSpan.FromSeconds(5))),
        GatewayError.Overloaded(TimeSpan.FromSeconds(1)),
        GatewayError.GatewayOverloaded(TimeSpan.FromSeconds(1)),
        GatewayError.RateLimited(TimeSpan.FromSeconds(1)),
        .. Enum.GetValues<AggregationError>().Select(error => GatewayError.Of(new AggregationFailure(error, "Step 'user'.", "user", "1", null))),
    ];

    [Fact]
    public async Task Body_OfEveryError_IsAProblemThatOldClientsUnderstand()
    {
        foreach (var error in OneOfEach)
        {
            var (response, body) = await WriteAsync(error);

            Assert.Equal("application/problem+json", response.ContentType);
            Assert.Equal(error.Status, response.StatusCode);
            Assert.Equal("no-store", response.Headers.CacheControl);
            Assert.Equal("corr-1", response.Headers["X-Correlation-Id"]);
            Assert.Equal($"urn:eventgateway:error:{error.Code}", (string?)body["type"]);
            Assert.Equal(ReasonPhrases.GetReasonPhrase(error.Status), (string?)body["title"]);
            Assert.Equal(error.Status, (int?)body["status"]);
            Assert.Equal(error.Detail, (string?)body["detail"]);
            Assert.Equal("corr-1", (string?)body["correlationId"]);
            Assert.False((bool?)body["success"]);
            Assert.Equal(error.Error ?? ReasonPhrases.GetReasonPhrase(error.Status), (string?)body["error"]);
            Assert.Equal(error.Detail, (string?)body["message"]);
        }
    }

    [Fact]
    public void Status_OfEachError_IsTheContracts() => Assert.Equal(
        [
            "404 no_route", "400 bad_path", "421 misdirected", "403 https_required", "400 conflicting_framing", "400 unsupported_transfer_coding", "500 internal", "502 upstream_failed",
            "503 no_destination", "504 upstream_timeout", "503 upstream_unavailable", "403 foreign_host", "403 foreign_origin", "403 changes_off", "401 wrong_token", "401 unauthenticated",
            "403 forbidden", "503 authentication_unavailable", "404 no_breaker",
            "405 method_not_allowed", "400 unreadable_body", "408 unreadable_body", "413 too_large", "415 unsupported_media_type",
            "400 invalid_body", "503 circuit_open", "503 overloaded", "503 overloaded", "429 rate_limited",
            "404 not_found", "400 bad_path", "502 fanout_limit", "502 bad_item", "502 bad_shape", "502 bad_status", "502 connect", "502 transport",
            "502 bad_response", "502 bad_framing", "502 body", "502 too_large", "502 bad_encoding", "502 bad_json", "502 too_deep", "503 unavailable",
            "504 timeout", "502 cancelled",
        ],
        OneOfEach.Select(e => $"{e.Status} {e.Code}"));

    [Fact]
    public async Task CircuitOpen_Body_IsTheOriginalsWithTheMembersOfEveryError()
    {
        var (response, body) = await WriteAsync(GatewayError.CircuitOpen(new CircuitRejection(CircuitState.Open, TimeSpan.FromSeconds(9.2))));

        Assert.Equal("10", response.Headers.RetryAfter);
        Assert.Equal(
            """
            {"type":"urn:eventgateway:error:circuit_open","title":"Service Unavailable","status":503,"detail":"Event service is currently experiencing issues. Please try again later.","correlationId":"corr-1","code":"circuit_open","success":false,"error":"Service temporarily unavailable","message":"Event service is currently experiencing issues. Please try again later.","retryAfter":10,"circuitBreakerState":"OPEN"}
            """,
            body.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(999, 1)]
    [InlineData(1000, 1)]
    [InlineData(1001, 2)]
    [InlineData(59_999, 60)]
    [InlineData(60_000, 60)]
    public async Task CircuitOpen_RetryAfter_IsRoundedUpAndNeverZero(int milliseconds, int seconds)
    {
        var (response, body) = await WriteAsync(GatewayError.CircuitOpen(new CircuitRejection(CircuitState.Open, TimeSpan.FromMilliseconds(milliseconds))));

        Assert.Equal($"{seconds}", response.Headers.RetryAfter);
        Assert.Equal(seconds, (int?)body["retryAfter"]);
    }

    [Fact]
    public void CircuitOpen_OneTickIntoTheNextSecond_IsRoundedUp() => Assert.Equal(
        2, GatewayError.CircuitOpen(new CircuitRejection(CircuitState.Open, TimeSpan.FromSeconds(1) + TimeSpan.FromTicks(1))).RetryAfterSeconds);

    [Fact]
    public void CircuitOpen_EachState_IsSpelledAsTheOriginalDid() => Assert.Equal(
        ["CLOSED", "OPEN", "HALF_OPEN", "FORCED_OPEN", "DISABLED", "METRICS_ONLY"],
        Enum.GetValues<CircuitState>().Select(state => GatewayError.CircuitOpen(new CircuitRejection(state, TimeSpan.Zero)).CircuitBreakerState));

    [Fact]
    public async Task Aggregation_Error_SaysWhichStepAndItem()
    {
        var failure = new AggregationFailure(AggregationError.Unavailable, "Step 'event', item 'é\"<': no.", "event", "é\"<", TimeSpan.FromSeconds(3.1));

        var (response, body) = await WriteAsync(GatewayError.Of(failure));

        Assert.Equal("4", response.Headers.RetryAfter);
        Assert.Equal(("event", "é\"<", "unavailable"), ((string?)body["step"], (string?)body["item"], (string?)body["code"]));
    }

    [Fact]
    public async Task InvalidBody_OfAMember_NamesIt()
    {
        var (_, body) = await WriteAsync(GatewayError.InvalidBody("userId", "'userId' is missing in the request body."));

        Assert.Equal("userId", (string?)body["member"]);
    }

    [Fact]
    public async Task Members_ThatSayNothing_AreLeftOut()
    {
        var (response, body) = await WriteAsync(GatewayError.NotFound);

        Assert.Equal(
            ["type", "title", "status", "detail", "correlationId", "code", "success", "error", "message"],
            body.AsObject().Select(member => member.Key));
        Assert.Equal(0, response.Headers.RetryAfter.Count);
        Assert.Equal(0, response.Headers.Connection.Count);
    }

    [Theory]
    [InlineData("conflicting_framing")]
    [InlineData("unsupported_transfer_coding")]
    [InlineData("unreadable_body")]
    [InlineData("too_large")]
    public async Task Connection_WithBytesLeftThatMayBeNoRequest_IsClosed(string code)
    {
        foreach (var error in OneOfEach.Where(e => e.Code == code && e.Status != 502))
        {
            var (response, _) = await WriteAsync(error);

            Assert.Equal("close", response.Headers.Connection);
        }
    }

    public void Dispose() => _services.Dispose();

    private async Task<(HttpResponse Response, JsonNode Body)> WriteAsync(GatewayError error)
    {
        using var output = new MemoryStream();
        var context = new DefaultHttpContext { RequestServices = _services };
        context.Response.Body = output;
        context.Features.Set(new RequestRecord("corr-1", CancellationToken.None));

        await context.WriteErrorAsync(error);

        Assert.Equal(output.Length, context.Response.ContentLength);
        return (context.Response, JsonNode.Parse(output.ToArray())!);
    }
}
