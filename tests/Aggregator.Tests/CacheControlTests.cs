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
    [InlineData("s-maxage=10", "no-cache", "no-cache")]
    public async Task RunAsync_CacheControl_IsTheStrictestOfAllParts(string? user, string? item, string? expected)
    {
        var scenario = Scenario.Of();
        scenario.Upstream
            .Answer("/getUserById/u", () => Cached("""{"events":["a"]}""", user))
            .Answer("/getEventById/a", () => Cached("1", item));

        using var answer = await scenario.RunAsync();

        Assert.Equal(expected, answer.CacheControl);
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
