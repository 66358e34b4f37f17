using System.Text.Json.Nodes;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>Which target the upstream sees for which one of the client's, on a route that takes any path.</summary>
public sealed class PathTests
{
    [Theory]
    [InlineData("/x/a%2Fb")]
    [InlineData("/x/a%2fb")]
    [InlineData("/x/a%252Fb")]
    [InlineData("/x/a%20b")]
    [InlineData("/x/J%C3%BCrgen")]
    [InlineData("/x/%F0%9F%8E%89")]
    [InlineData("/x/%E9")]             // no UTF-8
    [InlineData("/x/a+b")]
    [InlineData("/x/a%2Bb")]
    [InlineData("/x/a%3Fb%23c")]
    [InlineData("/x/%25")]
    [InlineData("/x/a%7Eb~c")]
    [InlineData("/x/a;v=1,b:c@d!$&'()*=")]
    [InlineData("/x//a//b/")]
    [InlineData("/x/..%2F..%2Fsecret")]   // one segment, whatever it decodes to
    [InlineData("/x/...")]
    [InlineData("/x?q=a%2Fb&q=c+d&e=&f&u=%C3%BC&p=%2e%2e/../x")]
    [InlineData("/x/a%2Fb?next=http://other.test/%2F?again=1")]
    [InlineData("/x/?")]
    public async Task Target_OfTheClient_ReachesTheUpstreamUntouched(string target)
    {
        await using var gateway = await StartAsync();
        Assert.Equal(200, (await gateway.GetAsync(target)).Status);
        Assert.Equal(target, Assert.Single(gateway.Upstream.Requests).Target);
    }

    [Theory]
    [InlineData("/x/a/../b", "/x/b")]
    [InlineData("/x/./b", "/x/b")]
    [InlineData("/x/a/%2e%2E/b", "/x/b")]
    [InlineData("/x/a%20c/../b%20d", "/x/b%20d")]
    public async Task DotSegments_InsideTheRoute_AreGoneBeforeTheUpstream(string target, string seen)
    {
        await using var gateway = await StartAsync();
        Assert.Equal(200, (await gateway.GetAsync(target)).Status);
        Assert.Equal(seen, Assert.Single(gateway.Upstream.Requests).Target);
    }

    [Theory]
    [InlineData("/x/../secret")]
    [InlineData("/x/%2e%2e/secret")]
    [InlineData("/x/a/../../secret")]
    [InlineData("/../secret")]
    public async Task DotSegments_OutOfTheRoute_LeadNowhere(string target)
    {
        await using var gateway = await StartAsync();
        Problem.Of(await gateway.GetAsync(target), 400, "bad_path");
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("http://gateway.test/x/a%2Fb?c=%2F", "/x/a%2Fb?c=%2F")]
    [InlineData("http://gateway.test/getUsers", "/getUsers")]
    [InlineData("http://gateway.test/getUsers?a=http://b/c", "/getUsers?a=http://b/c")]
    public async Task Target_InAbsoluteForm_IsReducedToPathAndQuery(string target, string seen)
    {
        await using var gateway = await StartAsync();
        Assert.Equal(200, (await gateway.GetAsync(target)).Status);
        Assert.Equal(seen, Assert.Single(gateway.Upstream.Requests).Target);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    public async Task Address_WithAPath_PrefixesIt(string end)
    {
        await using var gateway = await WiredGateway.StartAsync((_, answer) => answer.RespondAsync("[]"), root =>
        {
            AnyPath(root);
            var destination = root["ReverseProxy"]!["Clusters"]!["event-api"]!["Destinations"]!["primary"]!;
            destination["Address"] = $"{(string)destination["Address"]!}/api/v1{end}";
        });

        await gateway.GetAsync("/x/a%2Fb?c=d");
        await gateway.GetAsync("/getUsers");

        Assert.Equal(["/api/v1/x/a%2Fb?c=d", "/api/v1/getUsers"], gateway.Upstream.Requests.Select(request => request.Target));
    }

    private static Task<WiredGateway> StartAsync() => WiredGateway.StartAsync((_, answer) => answer.RespondAsync("[]"), AnyPath);

    private static void AnyPath(JsonNode root) => root["ReverseProxy"]!["Routes"]!["any"] =
        JsonNode.Parse("""{ "ClusterId": "event-api", "Match": { "Path": "/x/{**rest}" } }""");
}
