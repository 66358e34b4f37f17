using System.Text.Json.Nodes;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>Which target the upstream sees for which one of the client's, on a route that takes any path.</summary>
public sealed class PathTests
{
    internal static void AnyPath(JsonNode root) => root["ReverseProxy"]!["Routes"]!["any"] =
        JsonNode.Parse("""{ "ClusterId": "event-api", "Match": { "Path": "/x/{**rest}" } }""");

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
    [InlineData("/x/a%5Cb")]
    [InlineData("/x/a%2F..b%2Fc..")]
    [InlineData("/x/a;v=..;w=../b")]
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

    // For the upstream, or for what stands before it, each could lead elsewhere than where the route was found.
    [Theory]
    [InlineData("..%2F..%2Fsecret")]
    [InlineData("%2e%2e%2fsecret")]
    [InlineData("a%2F..%2F..%2Fsecret")]
    [InlineData("a%2f.")]
    [InlineData("..%5C..%5Csecret")]
    [InlineData("..\\..\\secret")]
    [InlineData("a\\%2e%2e\\secret")]
    [InlineData("%252e%252e/secret")]                // decoded twice
    [InlineData("%252e%252e%252fsecret")]
    [InlineData("..%252fsecret")]
    [InlineData("..%255csecret")]
    [InlineData("%25%32%65./secret")]
    [InlineData("..;/secret")]                       // a path parameter, which some servers cut off
    [InlineData("..;a=b/secret")]
    [InlineData("%2e%2e%3b/secret")]
    [InlineData("..%3f/secret")]
    [InlineData("..%23/secret")]
    [InlineData("%c0%ae%c0%ae/secret")]              // overlong UTF-8
    [InlineData("%c0%ae%c0%ae%c0%afsecret")]
    [InlineData("%e0%80%ae%e0%80%ae/secret")]
    [InlineData("%f0%80%80%ae./secret")]
    [InlineData("%25c0%25ae%25c0%25ae/secret")]
    [InlineData("..%c1%9csecret")]
    [InlineData("%u002e%u002e/secret")]              // no escape
    [InlineData("a%2")]
    [InlineData("a%zz")]
    [InlineData("a%")]
    [InlineData("a%0d%0aX-Split:%201")]
    [InlineData("a%0a")]
    [InlineData("a%7f")]
    [InlineData("a\u0001")]
    [InlineData("a%20\u007f")]
    public async Task Path_ThatLeadsElsewhereOnceDecoded_IsA400WhateverServesIt(string tail)
    {
        await using var gateway = await WiredGateway.StartAsync((_, answer) => answer.RespondAsync("[]"), EveryKind);
        foreach (var prefix in (string[])["/x/", "http://gateway.test/x/", "/pattern/", "/prefix/", "/pairs/1/", "/nowhere/"])
        {
            Problem.Of(await gateway.GetAsync(prefix + tail), 400, "bad_path");
        }

        foreach (var step in (string[])["/pairs/", "/getEventsByUserId/"])
        {
            Problem.Of(await gateway.GetAsync(step + tail + (tail.Contains('/', StringComparison.Ordinal) ? "" : "/1")), 400, "bad_path");
        }

        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("/x/a%00b")]
    [InlineData("/x/.%00./secret")]
    [InlineData("/pairs/a%00/b")]
    [InlineData("/x/a\u0080")]
    public async Task Path_ThatTheServerItselfRefuses_IsA400(string target)
    {
        await using var gateway = await WiredGateway.StartAsync((_, answer) => answer.RespondAsync("[]"), EveryKind);
        Assert.Equal(400, (await gateway.SendAsync(Http.Get(target))).Status);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("/x/a\\b", "/x/a%5Cb")]
    [InlineData("/x/%20\\b", "/x/%20%5Cb")]
    [InlineData("/x/%20<>\"^`{|}", "/x/%20%3C%3E%22%5E%60%7B%7C%7D")]
    [InlineData("/x/a#b", "/x/a%23b")]
    [InlineData("/x/%20#b?c", "/x/%20%23b?c")]
    [InlineData("/x/a?b#c", "/x/a?b%23c")]
    [InlineData("/x/a?b=\u0001\u007f", "/x/a?b=%01%7F")]
    [InlineData("/x/a?b=<\\^|>\"", "/x/a?b=<\\^|>\"")]             // clients send these, and nobody reads them in two ways
    public async Task Characters_OfNoTarget_AreEncodedForTheUpstream(string target, string seen)
    {
        await using var gateway = await StartAsync();
        Assert.Equal(200, (await gateway.GetAsync(target)).Status);
        Assert.Equal(seen, Assert.Single(gateway.Upstream.Requests).Target);
    }

    // Whatever the client writes behind the prefix of a route that leads to /public, the upstream sees no other folder.
    [Theory]
    [InlineData("/prefix/a%2Fb", "/public/a%252Fb")]
    [InlineData("/prefix//private", "/public//private")]
    [InlineData("/prefix/a/../b", "/public/b")]
    [InlineData("/prefix/a%3Fb=c%23d", "/public/a%3Fb=c%23d")]
    [InlineData("/pattern/a/b%2Fc", "/public/a/b%252Fc")]
    [InlineData("/pattern/%3Fq=1%26r=2", "/public/%3Fq=1&r=2")]
    [InlineData("http://gateway.test/pattern/a%2Fb", "/public/a%252Fb")]
    public async Task Path_RewrittenByARoute_StaysBelowWhereTheRouteLeads(string target, string seen)
    {
        await using var gateway = await WiredGateway.StartAsync((_, answer) => answer.RespondAsync("[]"), EveryKind);
        Assert.Equal(200, (await gateway.GetAsync(target)).Status);
        Assert.Equal(seen, Assert.Single(gateway.Upstream.Requests).Target);
    }

    [Theory]
    [InlineData("http://gateway.test/x%2Fa", 404)]        // as /x%2Fa: one segment
    [InlineData("http://gateway.test/getUsers%2F1", 404)]
    [InlineData("http://gateway.test/secret\\..\\x\\%41", 400)]
    [InlineData("http://gateway.test\\x\\a", 400)]
    [InlineData("http://gateway.test/x/../secret", 400)]
    [InlineData("http://gateway.test/secret/%2e%2e/x/a", 400)]
    public async Task Target_InAbsoluteForm_IsRoutedByThePathThatWouldGoOn(string target, int status)
    {
        await using var gateway = await StartAsync();
        Assert.Equal(status, (await gateway.SendAsync(Http.Get(target))).Status);
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

    private static void EveryKind(JsonNode root)
    {
        AnyPath(root);
        Add("pattern", """{ "ClusterId": "event-api", "Match": { "Path": "/pattern/{**rest}" }, "Transforms": [ { "PathPattern": "/public/{**rest}" } ] }""");
        Add("prefix", """
            { "ClusterId": "event-api", "Match": { "Path": "/prefix/{**rest}" }, "Transforms": [ { "PathRemovePrefix": "/prefix" }, { "PathPrefix": "/public" } ] }
            """);
        root["Aggregations"]!["pairs"] = JsonNode.Parse("""
            {
              "Match": { "Path": "/pairs/{a}/{b}" },
              "Steps": [ { "Id": "pair", "Cluster": "event-api", "Path": "/public/{a}/{b}" } ],
              "Output": "pair"
            }
            """);

        void Add(string route, string text) => root["ReverseProxy"]!["Routes"]![route] = JsonNode.Parse(text);
    }

    private static Task<WiredGateway> StartAsync() => WiredGateway.StartAsync((_, answer) => answer.RespondAsync("[]"), AnyPath);
}
