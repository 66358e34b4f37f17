using System.Net;

namespace EventGateway.Aggregator.Tests;

/// <summary>The shipped aggregation, row by row.</summary>
public sealed class EventsByUserTests
{
    private readonly Scenario _scenario = Scenario.Of();

    private FakeUpstream Upstream => _scenario.Upstream;

    [Fact]
    public async Task RunAsync_UserWithEvents_IsTheirArrayInTheUsersOrder()
    {
        Assert.Equal("""["c","a","b"]""", await _scenario.WithUser("c", "a", "b").BodyAsync());
        Assert.Equal("/getUserById/u", Upstream.Calls.First());
    }

    [Fact]
    public async Task RunAsync_RepeatedId_IsFetchedOnceAndPlacedInEachSlot()
    {
        using var answer = await _scenario.WithUser("a", "b", "a", "a").RunAsync();

        Assert.Equal("""["a","b","a","a"]""", Scenario.BodyOf(answer));
        Assert.Equal(["/getUserById/u", "/getEventById/a", "/getEventById/b"], Upstream.Calls);
        Assert.Equal((4, 4, 0), (answer.FanOut, answer.TotalParts, answer.FailedParts));
    }

    [Fact]
    public async Task RunAsync_ManyParameters_EachIsEncodedInItsPlace()
    {
        Upstream.Answer("/x-2%2F%C3%BC.json?for=1%26&again=2%2F%C3%BC", "{}");
        var plan = AggregationPlan.Compile(
            "test",
            new()
            {
                Match = { Path = "/{a}/of/{b}" },
                Steps = [new() { Id = "x", Cluster = "c", Path = "/x-{b}.json?for={a}&again={b}" }],
                Output = new() { Step = "x" },
            },
            [])!;

        using var answer = await plan.RunAsync(["1&", "2/ü"], Upstream, TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal("{}", Scenario.BodyOf(answer));
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("a\n")]
    public async Task RunAsync_UnacceptableParameter_IsBadPathWithoutACall(string id)
    {
        var plan = AggregationPlan.Compile("test", Scenario.EventsByUser(), [])!;

        using var answer = await plan.RunAsync([id], Upstream, TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal(AggregationError.BadPath, answer.Failure?.Error);
        Assert.Empty(Upstream.Calls);
    }

    [Fact]
    public async Task RunAsync_WrongNumberOfParameters_Throws()
    {
        var plan = AggregationPlan.Compile("test", Scenario.EventsByUser(), [])!;

        await Assert.ThrowsAsync<ArgumentException>(
            () => plan.RunAsync([], Upstream, TimeProvider.System, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound, "{}")]
    [InlineData(HttpStatusCode.OK, "")]
    [InlineData(HttpStatusCode.NoContent, "")]
    [InlineData(HttpStatusCode.OK, "null")]
    [InlineData(HttpStatusCode.OK, " null ")]
    public async Task RunAsync_NoSuchUser_IsNotFound(HttpStatusCode status, string body)
    {
        Upstream.Answer("/getUserById/u", body, status);

        var failure = await _scenario.FailureAsync();

        Assert.Equal((AggregationError.NotFound, "user", null), (failure.Error, failure.Step, failure.Item));
        Assert.Equal(PartOutcome.NotFound, Upstream.ResultOf("/getUserById/u").Outcome);
    }

    [Theory]
    [InlineData("""{"id":"u"}""")]
    [InlineData("""{"events":null}""")]
    [InlineData("""{"events":[]}""")]
    public async Task RunAsync_UserWithoutEvents_IsAnEmptyArray(string user)
    {
        Upstream.Answer("/getUserById/u", user);

        Assert.Equal("[]", await _scenario.BodyAsync());
        Assert.Single(Upstream.Calls);
    }

    [Theory]
    [InlineData("[]", AggregationError.BadShape)]
    [InlineData("\"text\"", AggregationError.BadShape)]
    [InlineData("7", AggregationError.BadShape)]
    [InlineData("true", AggregationError.BadShape)]
    [InlineData("""{"events":{}}""", AggregationError.BadShape)]
    [InlineData("""{"events":"a"}""", AggregationError.BadShape)]
    [InlineData("""{"events":["a",{}]}""", AggregationError.BadItem)]
    [InlineData("""{"events":["a",null]}""", AggregationError.BadItem)]
    [InlineData("""{"events":["a",["b"]]}""", AggregationError.BadItem)]
    [InlineData("""{"events":["a",true]}""", AggregationError.BadItem)]
    [InlineData("""{"events":["a",""]}""", AggregationError.BadItem)]
    [InlineData("""{"events":["a","."]}""", AggregationError.BadItem)]
    [InlineData("""{"events":["a",".."]}""", AggregationError.BadItem)]
    [InlineData("""{"events":["a","b\u0000"]}""", AggregationError.BadItem)]
    [InlineData("""{"events":["a","\ud800"]}""", AggregationError.BadItem)]
    [InlineData("""{"events":["a","../admin"]}""", AggregationError.BadItem)]
    [InlineData("""{"events":["a","%2e%2e"]}""", AggregationError.BadItem)]
    public async Task RunAsync_UnusableUser_FailsBeforeTheFirstEventCall(string user, AggregationError expected)
    {
        Upstream.Answer("/getUserById/u", user);

        var failure = await _scenario.FailureAsync();

        Assert.Equal((expected, "event"), (failure.Error, failure.Step));
        Assert.Single(Upstream.Calls);
    }

    [Fact]
    public async Task RunAsync_HostileIds_StayInTheirSegment()
    {
        Upstream.Answer("/getUserById/u", """{"events":["..admin/x","a?b#c","%2e%2ex","...","ü"]}""");
        foreach (var segment in new[] { "..admin%2Fx", "a%3Fb%23c", "%252e%252ex", "...", "%C3%BC" })
        {
            Upstream.Answer($"/getEventById/{segment}", "1");
        }

        Assert.Equal("[1,1,1,1,1]", await _scenario.BodyAsync());
    }

    [Fact]
    public async Task RunAsync_NumbersAsIds_KeepTheirTextAndEqualStrings()
    {
        Upstream.Answer("/getUserById/u", """{"events":[1,"1",1.0,12345678901234567890123,1e+5]}""");
        foreach (var segment in new[] { "1", "1.0", "12345678901234567890123", "1e%2B5" })
        {
            Upstream.Answer($"/getEventById/{segment}", $"\"{segment}\"");
        }

        Assert.Equal("""["1","1","1.0","12345678901234567890123","1e%2B5"]""", await _scenario.BodyAsync());
        Assert.Equal(5, Upstream.Calls.Count);
    }

    [Theory]
    [InlineData("""{"events":["x"],"events":["a"]}""", "user#/events")]
    [InlineData("""{"a/b":{"~":["a"]}}""", "user#/a~1b/~0")]
    [InlineData("""{"lists":[["x"],["a"]]}""", "user#/lists/1")]
    [InlineData("""{"a":{"b":["x"]},"a":{"b":["a"]}}""", "user#/a/b")]
    [InlineData("""{"\ud800vents":[],"\u0065vents":["a"]}""", "user#/events")]
    [InlineData("""{"\u0065\ud800":[],"e":["a"]}""", "user#/e")]
    [InlineData("""["a"]""", "user#")]
    [InlineData("""{"":["a"]}""", "user#/")]
    public async Task RunAsync_Pointer_FindsTheListAsJavaScriptWould(string user, string forEach)
    {
        var scenario = Scenario.Of(o => o.Steps[1].ForEach = forEach);
        scenario.Upstream.Answer("/getUserById/u", user).Answer("/getEventById/a", "1");

        Assert.Equal("[1]", await scenario.BodyAsync());
    }

    [Theory]
    [InlineData("""{"a":{"b":["x"]},"a":{}}""", "user#/a/b")]
    [InlineData("""{"a":null}""", "user#/a/b")]
    [InlineData("""[["x"]]""", "user#/1")]
    [InlineData("""[["x"]]""", "user#/-")]
    [InlineData("""[["x"]]""", "user#/99999999999")]
    public async Task RunAsync_PointerToNothing_IsAnEmptyArray(string user, string forEach)
    {
        var scenario = Scenario.Of(o => o.Steps[1].ForEach = forEach);
        scenario.Upstream.Answer("/getUserById/u", user);

        Assert.Equal("[]", await scenario.BodyAsync());
    }

    [Theory]
    [InlineData("""[["x"]]""", "user#/00")]
    [InlineData("""{"a":1}""", "user#/a/b")]
    public async Task RunAsync_PointerThroughSomethingElse_IsBadShape(string user, string forEach)
    {
        var scenario = Scenario.Of(o => o.Steps[1].ForEach = forEach);
        scenario.Upstream.Answer("/getUserById/u", user);

        Assert.Equal(AggregationError.BadShape, (await scenario.FailureAsync()).Error);
    }

    [Theory]
    [InlineData(3, 3, true)]
    [InlineData(3, 2, false)]
    public async Task RunAsync_FanoutLimit_CountsEntriesBeforeRepetitionsFold(int entries, int limit, bool fits)
    {
        var scenario = Scenario.Of(o => o.Steps[1].MaxItems = limit).WithUser([.. Enumerable.Repeat("a", entries)]);

        using var answer = await scenario.RunAsync();

        Assert.Equal(fits ? null : AggregationError.FanoutLimit, answer.Failure?.Error);
        Assert.Equal(fits ? 2 : 1, scenario.Upstream.Calls.Count);
    }

    [Fact]
    public async Task RunAsync_NullEvent_IsAValueLikeAnyOther()
    {
        _scenario.WithUser("a", "b");
        Upstream.Answer("/getEventById/a", "null");

        Assert.Equal("""[null,"b"]""", await _scenario.BodyAsync());
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound, "{}", AggregationError.BadStatus)]
    [InlineData(HttpStatusCode.InternalServerError, "{}", AggregationError.BadStatus)]
    [InlineData(HttpStatusCode.Found, "{}", AggregationError.BadStatus)]
    [InlineData(HttpStatusCode.OK, "", AggregationError.BadJson)]
    [InlineData(HttpStatusCode.NoContent, "", AggregationError.BadJson)]
    public async Task RunAsync_UnusableEvent_NamesStepAndItem(HttpStatusCode status, string body, AggregationError expected)
    {
        _scenario.WithUser("a", "b");
        Upstream.Answer("/getEventById/b", body, status);

        var failure = await _scenario.FailureAsync();

        Assert.Equal((expected, "event", "b"), (failure.Error, failure.Step, failure.Item));
        Assert.Contains("'event'", failure.Detail, StringComparison.Ordinal);
        Assert.Contains("'b'", failure.Detail, StringComparison.Ordinal);
        Assert.Equal((int)status, Upstream.ResultOf("/getEventById/b").Status);
    }

    [Theory]
    [InlineData(HttpStatusCode.MovedPermanently)]
    [InlineData(HttpStatusCode.Forbidden)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    public async Task RunAsync_UserAnsweredWithOtherStatus_IsBadStatus(HttpStatusCode status)
    {
        Upstream.Answer("/getUserById/u", "{}", status);

        var failure = await _scenario.FailureAsync();

        Assert.Equal((AggregationError.BadStatus, "user"), (failure.Error, failure.Step));
    }

    [Fact]
    public async Task RunAsync_FailingAnswerWithRetryAfter_PassesItOn()
    {
        Upstream.Answer("/getUserById/u", () => WithRetryAfter("120"));
        Assert.Equal(TimeSpan.FromMinutes(2), (await _scenario.FailureAsync()).RetryAfter);
        Assert.Equal(TimeSpan.FromMinutes(2), Upstream.Finishes.Single().Result.RetryAfter);

        Upstream.Answer("/getUserById/u", () => WithRetryAfter("Thu, 01 Jan 2026 00:00:30 GMT"));
        Assert.Equal(TimeSpan.FromSeconds(30), (await _scenario.FailureAsync()).RetryAfter);

        Upstream.Answer("/getUserById/u", () => WithRetryAfter("Wed, 31 Dec 2025 00:00:00 GMT"));
        Assert.Equal(TimeSpan.Zero, (await _scenario.FailureAsync()).RetryAfter);

        static HttpResponseMessage WithRetryAfter(string value)
        {
            var response = FakeUpstream.Json("{}", HttpStatusCode.ServiceUnavailable);
            response.Headers.TryAddWithoutValidation("Retry-After", value);
            return response;
        }
    }

    [Theory]
    [InlineData(HttpRequestError.NameResolutionError, PartOutcome.Connect, AggregationError.Connect)]
    [InlineData(HttpRequestError.ConnectionError, PartOutcome.Connect, AggregationError.Connect)]
    [InlineData(HttpRequestError.SecureConnectionError, PartOutcome.Connect, AggregationError.Connect)]
    [InlineData(HttpRequestError.ResponseEnded, PartOutcome.Transport, AggregationError.Transport)]
    [InlineData(HttpRequestError.Unknown, PartOutcome.Transport, AggregationError.Transport)]
    [InlineData(HttpRequestError.InvalidResponse, PartOutcome.BadResponse, AggregationError.BadResponse)]
    public async Task RunAsync_NoAnswer_IsToldApartForTheBreaker(HttpRequestError cause, PartOutcome outcome, AggregationError error)
    {
        Upstream.Throw("/getUserById/u", new HttpRequestException(cause, "10.0.0.1 said no"));

        var failure = await _scenario.FailureAsync();

        Assert.Equal(error, failure.Error);
        Assert.DoesNotContain("10.0.0.1", failure.Detail, StringComparison.Ordinal);
        Assert.Equal(outcome, Upstream.ResultOf("/getUserById/u").Outcome);
    }

    [Fact]
    public async Task RunAsync_BreakerOpen_IsUnavailableWithItsRetryAfter()
    {
        Upstream.Throw("/getUserById/u", new UpstreamUnavailableException { RetryAfter = TimeSpan.FromSeconds(9) });

        var failure = await _scenario.FailureAsync();

        Assert.Equal((AggregationError.Unavailable, TimeSpan.FromSeconds(9)), (failure.Error, failure.RetryAfter));
        Assert.Equal(PartOutcome.Unavailable, Upstream.ResultOf("/getUserById/u").Outcome);
    }

    [Fact]
    public async Task RunAsync_VeryLongItem_IsShortenedInTheFailure()
    {
        var item = new string('x', 5000);
        _scenario.WithUser(item);
        Upstream.Answer($"/getEventById/{item}", "{}", HttpStatusCode.BadGateway);

        var failure = await _scenario.FailureAsync();

        Assert.Equal(new string('x', 100) + "…", failure.Item);
        Assert.True(failure.Detail.Length < 300);
    }
}
