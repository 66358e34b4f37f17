namespace EventGateway.Aggregator.Tests;

public sealed class CacheControlTests
{
    [Theory]
    [InlineData(null, null, null)]
    [InlineData("max-age=60", null, null)]
    [InlineData("max-age=60", "max-age=10", "max-age=10")]
    [InlineData("max-age=60", "max-age=0, must-revalidate", "must-revalidate, max-age=0")]
    [InlineData("public, max-age=60", "private, max-age=70", "private, max-age=60")]
    [InlineData("no-cache", "max-age=70", "no-cache")]
    [InlineData("private", null, "private")]
    [InlineData("no-store, max-age=5", "private, no-cache", "no-store")]
    [InlineData("s-maxage=10", "max-age=60, s-maxage=20", "s-maxage=10")]
    [InlineData("max-age=60, s-maxage=10", "max-age=5", "max-age=5, s-maxage=5")]
    [InlineData("s-maxage=10", "no-cache", "no-cache, proxy-revalidate")]   // what s-maxage says beside the age
    [InlineData("max-age=0", null, "max-age=0")]                            // nothing that the other could have said is less
    [InlineData("public, max-age=60", "max-age=10, public", "public, max-age=10")]
    [InlineData("public, max-age=60", null, null)]
    [InlineData("public, max-age=60", "max-age=70, proxy-revalidate", "max-age=60, proxy-revalidate")]
    [InlineData("max-age=60, stale-if-error=50", "max-age=60, stale-if-error=20", "max-age=60, stale-if-error=20")]
    [InlineData("stale-if-error=0", null, "stale-if-error=0")]
    [InlineData("max-age=99999999999", "max-age=2147483648", "max-age=2147483647")]
    [InlineData("max-age=60", "garbage garbage", "no-store")]
    public async Task RunAsync_CacheControl_IsTheStrictestOfAllParts(string? user, string? item, string? expected)
    {
        var scenario = Scenario.Of();
        scenario.Upstream
            .Answer("/getUserById/u", () => Cached("""{"events":["a"]}""", user))
            .Answer("/getEventById/a", () => Cached("1", item));

        using var answer = await scenario.RunAsync();

        Assert.Equal(expected, answer.CacheControl);
    }

    [Theory]
    [InlineData("max-age=60", null, "max-age=60")]
    [InlineData("max-age=60, s-maxage=10", null, "max-age=60, s-maxage=10")]
    [InlineData("max-age=60, stale-if-error=5", "max-age=90", "max-age=60, stale-if-error=5")]
    [InlineData(null, null, null)]
    public async Task RunAsync_SharedCacheControl_IsBoundByEachPartThatSaysSomething(string? user, string? item, string? expected)
    {
        var scenario = Scenario.Of();
        scenario.Upstream
            .Answer("/getUserById/u", () => Cached("""{"events":["a"]}""", user))
            .Answer("/getEventById/a", () => Cached("1", item));

        using var answer = await scenario.RunAsync();

        Assert.Equal(expected, answer.SharedCacheControl);
    }

    [Theory]
    [InlineData("public, max-age=60", "Set-Cookie: a=b", "private, max-age=60")]
    [InlineData(null, "Set-Cookie: a=b", "private")]
    [InlineData("max-age=60", "Age: 50", "max-age=10")]
    [InlineData("max-age=60, s-maxage=70", "Age: 65", "max-age=0, s-maxage=5")]
    [InlineData("max-age=60", "Age: 99999999999", "max-age=0")]
    [InlineData("max-age=60", "Age: x", "max-age=60")]
    [InlineData("max-age=60", "Date: Wed, 31 Dec 2025 23:59:50 GMT", "max-age=50")]
    [InlineData("max-age=60", "Date: Wed, 31 Dec 2025 23:59:59 GMT", "max-age=60")]   // now, in whole seconds
    [InlineData(null, "Age: 7", null)]
    [InlineData(null, "Expires: Thu, 01 Jan 2026 00:00:30 GMT", "max-age=30")]
    [InlineData("max-age=10", "Expires: 0", "max-age=10")]
    [InlineData("public", "Expires: 0", "public, max-age=0")]
    public async Task RunAsync_OtherHeadersAboutCaching_AreInCacheControl(string? cacheControl, string header, string? expected)
    {
        var scenario = Scenario.Of();
        scenario.Upstream.Answer("/getUserById/u", () =>
        {
            var response = Cached("""{"events":[]}""", cacheControl);
            var (name, value) = (header[..header.IndexOf(':', StringComparison.Ordinal)], header[(header.IndexOf(':', StringComparison.Ordinal) + 2)..]);
            _ = response.Headers.TryAddWithoutValidation(name, value) || response.Content.Headers.TryAddWithoutValidation(name, value);
            return response;
        });

        using var answer = await scenario.RunAsync();

        Assert.Equal(expected, answer.CacheControl);
    }

    [Fact]
    public async Task RunAsync_Vary_IsThatOfAllParts()
    {
        var scenario = Scenario.Of();
        scenario.Upstream
            .Answer("/getUserById/u", () => Varying("""{"events":["a"]}""", "Accept, X-Tenant"))
            .Answer("/getEventById/a", () => Varying("1", "x-tenant"));

        using var answer = await scenario.RunAsync();

        Assert.Equal(["Accept", "X-Tenant"], answer.Vary.Order());

        static HttpResponseMessage Varying(string json, string vary)
        {
            var response = FakeUpstream.Json(json);
            response.Headers.TryAddWithoutValidation("Vary", vary);
            return response;
        }
    }

    private static HttpResponseMessage Cached(string json, string? cacheControl)
    {
        var response = FakeUpstream.Json(json);
        if (cacheControl is not null)
        {
            response.Headers.TryAddWithoutValidation("Cache-Control", cacheControl);
        }

        return response;
    }
}
