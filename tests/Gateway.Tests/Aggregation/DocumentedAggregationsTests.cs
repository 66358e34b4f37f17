using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EventGateway.MockUpstream;

namespace EventGateway.Gateway.Tests.Aggregation;

/// <summary>docs/aggregations.md, run as it is written: its entries in one file, its requests in their order, its answers.</summary>
public sealed partial class DocumentedAggregationsTests
{
    private const string UsersFail = """{"getUsers":{"failureShare":1,"failure":"status","status":503}}""";

    private static readonly string Document = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "aggregations.md"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Examples_OnTheDemosUpstream_AnswerAsDocumented()
    {
        await using var mock = MockUpstreamHost.Build(new MockUpstreamOptions { Port = 0, EventLatency = TimeSpan.Zero, ReadFailureShare = 0 });
        await mock.StartAsync(Token);
        await using var gateway = await TestGateway.StartAsync(Local(mock), UseDocumentedAggregations);
        var examples = Examples().Matches(Document);
        Assert.Equal(5, examples.Count);

        foreach (var example in examples.SkipLast(1))
        {
            Assert.Equal(example.Groups["answer"].Value, await gateway.Client.GetStringAsync(example.Groups["path"].Value, Token));
        }

        await DialAsync(mock, UsersFail);
        using var partial = await gateway.Client.GetAsync(examples[^1].Groups["path"].Value, Token);
        Assert.Equal(examples[^1].Groups["answer"].Value, await partial.Content.ReadAsStringAsync(Token));
        Assert.Equal("failed=1, total=2", Assert.Single(partial.Headers.GetValues("X-Gateway-Partial")));
        Assert.Equal("no-store", partial.Headers.CacheControl!.ToString());
    }

    [Fact]
    public async Task UserWithEvents_BreakerOpenedByTheRouteThatSharesIt_IsUnavailable()
    {
        await using var mock = MockUpstreamHost.Build(new MockUpstreamOptions { Port = 0, EventLatency = TimeSpan.Zero, AddEventSucceed = 0, AddEventFailLatency = TimeSpan.Zero });
        await mock.StartAsync(Token);
        await using var gateway = await TestGateway.StartAsync(Local(mock), UseDocumentedAggregations);
        for (var i = 0; i < 3; i++)
        {
            using var failed = await gateway.Client.PostAsJsonAsync("/addEvent", new { name = "Party", userId = "1" }, Token);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, failed.StatusCode);
        }

        using var answer = await gateway.Client.GetAsync("/users/2/with-events", Token);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 10);
        Assert.Equal("event", (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!["step"]);
    }

    private static void UseDocumentedAggregations(JsonNode root) =>
        root["Aggregations"] = JsonNode.Parse($"{{{string.Join(',', Entries().Matches(Document).Select(m => m.Groups["entry"].Value))}}}");

    private static string Local(WebApplication mock) => mock.Urls.Single().Replace("[::]", "127.0.0.1", StringComparison.Ordinal);

    private static async Task DialAsync(WebApplication mock, string faults)
    {
        using var client = new HttpClient { BaseAddress = new Uri(Local(mock)) };
        using var content = new StringContent(faults);
        using var answer = await client.PutAsync("/__mock/faults", content, Token);
        answer.EnsureSuccessStatusCode();
    }

    [GeneratedRegex("```json\n(?<entry>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Entries();

    [GeneratedRegex("```\nGET (?<path>\\S+)\n(?<answer>.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex Examples();
}
