using System.Text.Json.Nodes;

namespace EventGateway.Gateway.Tests.Commands;

public sealed class ExplanationTests
{
    [Fact]
    public async Task Explain_GuardedRoute_SaysAllThatAwaitsTheRequest()
    {
        var explanation = await Explaining.ExplainAsync("POST", "/addEvent", root =>
        {
            root["CircuitBreakers"]!["addEvent"]!["FailureStatuses"] = "429, 500-599";
            root["ReverseProxy"]!["Routes"]!["addEvent"]!["Timeout"] = "00:00:25";
            root["ReverseProxy"]!["Routes"]!["addEvent"]!["MaxRequestBodySize"] = 1024;
            root["ReverseProxy"]!["Routes"]!["addEvent"]!["Metadata"]!["AttemptTimeout"] = "00:00:05";
            root["ReverseProxy"]!["Clusters"]!["event-api"]!["Metadata"] = new JsonObject
            {
                ["Owner"] = "events",
                ["MaxConcurrentCalls"] = "1024",
                ["MaxQueuedCalls"] = "256",
            };
        });
        Assert.True(explanation.IsServed);
        Assert.StartsWith("POST /addEvent → route addEvent  (appsettings.json:1:", explanation.Text, StringComparison.Ordinal);
        Assert.Equal(["primary: POST http://localhost:4000/addEvent"], explanation.Rows("destination"));
        Assert.Equal(
            [
                "addEvent opens after 3 failures in 30 s, then waits 10→20→40→60 s",
                "failures are 429, 500-599, no connection, no answer in time, a broken answer",
            ],
            explanation.Rows("breaker"));
        Assert.Equal(["checked as newEvent, at most 1 KiB"], explanation.Rows("body"));
        Assert.Equal(
            [
                "25 s in all, 5 s until the response headers, 30 s without progress, request body at most 1 KiB",
                "1 024 calls of the cluster at once, 256 more wait 1 s at most",
            ],
            explanation.Rows("limits"));
        Assert.Contains("Owner: events (cluster event-api)", explanation.Rows("metadata"));
    }

    [Fact]
    public async Task Explain_PathBelowAVersion_SaysWhichAndWhatIsNotInIt()
    {
        var served = await Explaining.ExplainAsync("GET", "/v1/getUsers", Versions);
        Assert.Equal(
            [
                "v1: /v1 is taken off, /getUsers remains",
                "deprecated, may be gone from Wed, 30 Jun 2027 00:00:00 GMT on; v2 is to be used instead",
                "answers say Deprecation: @1793491200 and Sunset",
            ],
            served.Rows("version"));
        Assert.Equal(["primary: GET http://localhost:4000/getUsers"], served.Rows("destination"));

        var refused = await Explaining.ExplainAsync("GET", "/v1/getEvents", Versions);
        Assert.StartsWith("GET /v1/getEvents → 404 no_route from route getEvents", refused.Text, StringComparison.Ordinal);
        Assert.Equal(["route getEvents is not part of version v1."], refused.Rows("error"));
        Assert.False(refused.IsServed);

        static void Versions(JsonNode root) => root["Versions"] = JsonNode.Parse(
            """
            {
              "v1": { "Prefix": "/v1", "Routes": [ "getUsers" ], "Deprecated": { "Since": "2026-11-01", "Sunset": "2027-06-30", "Successor": "v2" } },
              "v2": { "Prefix": "/v2" }
            }
            """);
    }

    [Fact]
    public async Task Explain_RouteWithTransforms_ShowsTheUpstreamsAddressAndHeadersAsTheyWillBe()
    {
        var explanation = await Explaining.ExplainAsync(
            "GET", "/api/v1/a%20b?x=1", Edit, "X-Secret: 1", "Accept: text/html", "X-Correlation-Id: mine", "Host: shop.test");
        Assert.Equal(
            ["a: GET http://a:1/base/old/v1/a%20b?x=1&y=2", "b: GET https://b/old/v1/a%20b?x=1&y=2"],
            explanation.Rows("destination"));
        Assert.Equal(["wide, 2 destinations, RoundRobin"], explanation.Rows("cluster"));
        Assert.Equal(
            ["X-Forwarded-For: 127.0.0.1", "X-Forwarded-Host: shop.test", "X-Forwarded-Proto: http", "X-Secret is dropped", "X-Team: events"],
            explanation.Rows("header"));
        Assert.Equal(
            ["PathPattern: /old/{**rest}", "QueryValueParameter: y, Set: 2", "RequestHeader: X-Team, Set: events", "RequestHeaderRemove: X-Secret"],
            explanation.Rows("transform"));

        static void Edit(JsonNode root)
        {
            root["ReverseProxy"]!["Clusters"]!["wide"] = JsonNode.Parse(
                """{ "LoadBalancingPolicy": "RoundRobin", "Destinations": { "b": { "Address": "https://b" }, "a": { "Address": "http://a:1/base/" } } }""");
            root.AddRoute("api", """{ "Path": "/api/{**rest}" }""",
                """
                { "Transforms": [ { "PathPattern": "/old/{**rest}" }, { "QueryValueParameter": "y", "Set": "2" },
                  { "RequestHeader": "X-Team", "Set": "events" }, { "RequestHeaderRemove": "X-Secret" } ] }
                """);
            root["ReverseProxy"]!["Routes"]!["api"]!["ClusterId"] = "wide";
        }
    }

    [Fact]
    public async Task Explain_Aggregation_ShowsItsCalls()
    {
        var explanation = await Explaining.ExplainAsync("GET", "/getEventsByUserId/a%2Fb%20c", root =>
        {
            root["Aggregations"]!["eventsByUser"]!["Mode"] = "Partial";
            root["Aggregations"]!["eventsByUser"]!["Output"] = new JsonObject { ["who"] = "user", ["what"] = "event" };
            root["Aggregations"]!["eventsByUser"]!["Steps"]![0]!["CircuitBreaker"] = "addEvent";
            root["Aggregations"]!["eventsByUser"]!["Steps"]![0]!["ShareCalls"] = true;
            root["ReverseProxy"]!["Clusters"]!["event-api"]!["Destinations"]!["secondary"] = new JsonObject { ["Address"] = "http://other/" };
        });
        Assert.True(explanation.IsServed);
        Assert.StartsWith("GET /getEventsByUserId/a%2Fb%20c → aggregation eventsByUser  (", explanation.Text, StringComparison.Ordinal);
        Assert.Equal(["id = a/b c"], explanation.Rows("parameter"));
        Assert.Equal(
            [
                "GET http://localhost:4000/getUserById/a%2Fb%20c (or 1 other destination)",
                "cluster event-api; each call 5 s and 1 MiB at most",
                "a call under way is shared with the same caller's other requests",
                "breaker addEvent opens after 3 failures in 30 s, then waits 10→20→40→60 s",
            ],
            explanation.Rows("step user"));
        Assert.Equal(
            [
                "GET http://localhost:4000/getEventById/{item} (or 1 other destination)",
                "for each entry of user#/events: at most 10 000, 256 at once",
                "cluster event-api; each call 5 s and 1 MiB at most",
            ],
            explanation.Rows("step event"));
        Assert.Equal(["an object: who is the answer of user, what is the list of event answers; what fails is null in it"], explanation.Rows("answer"));
        Assert.Equal(["10 s in all, all answers together at most 16 MiB"], explanation.Rows("limits"));
    }

    [Theory]
    [InlineData(
        """{ "Kind": "FixedWindow", "PermitLimit": 1000, "Window": "00:01:00" }""",
        "perClient: 1 000 requests in 60 s for each client address")]
    [InlineData(
        """{ "Kind": "SlidingWindow", "PermitLimit": 100, "Window": "01:00:00", "PartitionBy": "Header", "Header": "X-Tenant" }""",
        "perClient: 100 requests in 1 h, moving on in 10 segments, for each value of X-Tenant")]
    [InlineData(
        """{ "Kind": "TokenBucket", "PermitLimit": 20, "TokensPerPeriod": 5, "ReplenishmentPeriod": "00:00:01", "PartitionBy": "Subject" }""",
        "perClient: 20 requests and 5 more every 1 s for each subject of a token")]
    [InlineData(
        """{ "Kind": "Concurrency", "PermitLimit": 1, "PartitionBy": "ApiKey" }""",
        "perClient: 1 request at once for each API key")]
    [InlineData(
        """{ "Kind": "Concurrency", "PermitLimit": 4, "QueueLimit": 2 }""",
        "perClient: 4 requests at once, 2 more wait 1 s at most, for each client address")]
    public async Task Explain_RateLimit_SaysHowMuchAClientMayHave(string policy, string row)
    {
        foreach (var target in (string[])["/getUsers", "/getEventsByUserId/1"])
        {
            var explanation = await Explaining.ExplainAsync("GET", target, root =>
            {
                root["RateLimiterPolicies"] = new JsonObject { ["perClient"] = JsonNode.Parse(policy) };
                root["ReverseProxy"]!["Routes"]!["getUsers"]!["RateLimiterPolicy"] = "PERCLIENT";
                root["Aggregations"]!["eventsByUser"]!["RateLimiterPolicy"] = "perClient";
            });
            Assert.Equal([row], explanation.Rows("rate limit"));
        }
    }

    [Fact]
    public async Task Explain_Retries_SaysAfterWhatHowOftenAndHowManyOfAll()
    {
        foreach (var target in (string[])["/getUsers", "/getEventsByUserId/1"])
        {
            var explanation = await Explaining.ExplainAsync("GET", target, root =>
            {
                root["RetryPolicies"] = JsonNode.Parse("""{ "reads": {} }""");
                root["ReverseProxy"]!["Routes"]!["getUsers"]!["Metadata"] = new JsonObject { ["RetryPolicy"] = "reads" };
                root["Aggregations"]!["eventsByUser"]!["RetryPolicy"] = "reads";
            });
            Assert.Equal(
                [
                    "reads: 2 attempts where there was no answer or one of 502-504, the next after 25 ms at most",
                    "retries are 20 % of the calls of the last 10 s at most, and 10 where there are few",
                ],
                explanation.Rows("retries"));
        }

        var write = await Explaining.ExplainAsync("POST", "/addEvent", root =>
        {
            root["RetryPolicies"] = JsonNode.Parse("""{ "reads": {} }""");
            root["ReverseProxy"]!["Routes"]!["addEvent"]!["Metadata"] = new JsonObject { ["RetryPolicy"] = "reads" };
        });
        Assert.Equal(["reads: none of a POST, only GET, HEAD and OPTIONS are ever tried again"], write.Rows("retries"));
    }

    [Theory]
    [InlineData("{}", "getUsers", "/getUsers", "short: 1 s, bodies of 1 MiB at most", "one for each path, query, host, scheme", "to clients with credentials only what the upstream calls public")]
    [InlineData(
        """{ "StaleIfError": "00:10:00", "VaryByQuery": [ "page" ], "VaryByHeader": [ "X-Tenant" ], "VaryByCaller": true }""", "getUsers", "/getUsers",
        "short: 1 s, bodies of 1 MiB at most; 10 min more where the upstream fails", "one for each path, page in the query, host, scheme, X-Tenant and caller")]
    [InlineData(
        """{ "VaryByQuery": [], "MaxBodySize": 100 }""", "eventsByUser", "/getEventsByUserId/1", "short: 1 s, bodies of 100 bytes at most",
        "one for each path, host, scheme, Accept-Language", "to clients with credentials only what the upstream calls public")]
    [InlineData("{}", "addEvent", "/addEvent", "short: nothing of a POST, only answers to GET are kept")]
    public async Task Explain_OutputCache_SaysWhatIsKeptForWhom(string policy, string name, string target, params string[] rows)
    {
        var explanation = await Explaining.ExplainAsync(name == "addEvent" ? "POST" : "GET", target, root =>
        {
            var options = JsonNode.Parse(policy)!.AsObject();
            options["Duration"] = "00:00:01";
            root["OutputCachePolicies"] = new JsonObject { ["short"] = options };
            if (name == "eventsByUser")
            {
                root["Aggregations"]![name]!["OutputCachePolicy"] = "short";
                return;
            }

            root["ReverseProxy"]!["Routes"]![name]!["Metadata"] = new JsonObject { ["OutputCachePolicy"] = "short" };
        });
        Assert.Equal(rows, explanation.Rows("cache"));
    }

    [Theory]
    [InlineData("/getUsers", "Accept: */*", "br or gzip, of text of 1 KiB or more without secrets")]
    [InlineData("/getUsers", "Cookie: a=b", "none, since the request says who its client is")]
    [InlineData("/getEventsByUserId/1", "Accept: */*", "br or gzip, of text of 1 KiB or more without secrets")]
    [InlineData("/getEventsByUserId/1", "Authorization: Basic eDp5", "none, since the request says who its client is")]
    public async Task Explain_Compression_SaysWhetherThereIsAnyForThisRequest(string target, string header, string row)
    {
        var explanation = await Explaining.ExplainAsync(
            "GET", target,
            root =>
            {
                root["ReverseProxy"]!["Routes"]!["getUsers"]!["Metadata"] = new JsonObject { ["Compress"] = "true" };
                root["Aggregations"]!["eventsByUser"]!["Compress"] = true;
            },
            header);
        Assert.Equal([row], explanation.Rows("compression"));
    }

    [Theory]
    [InlineData("GET", "/nothing", "404 no_route")]
    [InlineData("POST", "/getUsers", "405 method_not_allowed, Allow: GET, HEAD")]
    [InlineData("DELETE", "/health", "405 method_not_allowed, Allow: GET, HEAD")]
    [InlineData("GET", "/getEventsByUserId/", "400 bad_path from aggregation eventsByUser")]
    [InlineData("GET", "/getEventsByUserId/%ff", "400 bad_path from aggregation eventsByUser")]
    public async Task Explain_WhatNothingServes_SaysTheAnswer(string method, string target, string answer)
    {
        var explanation = await Explaining.ExplainAsync(method, target);
        Assert.False(explanation.IsServed);
        Assert.StartsWith($"{method} {target} → {answer}", explanation.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_OwnPage_IsTheGateways()
    {
        var explanation = await Explaining.ExplainAsync("GET", "/ready");
        Assert.True(explanation.IsServed);
        Assert.StartsWith("GET /ready → the gateway's own /ready\n", explanation.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "Path": "/getUser" }""", "{}", "path /getUser doesn't match")]
    [InlineData("""{ "Path": "/{name:int}" }""", "{}", "path /{name:int} doesn't match")]
    [InlineData("""{ "Path": "/getUsers", "Methods": [ "POST", "PUT" ] }""", "{}", "takes POST, PUT, not GET")]
    [InlineData("""{ "Path": "/getUsers", "Hosts": [ "a.test", "*.b.test:81" ] }""", "{}", "wants host a.test or *.b.test:81, not localhost:3000")]
    [InlineData("""{ "Path": "/getUsers", "Headers": [ { "Name": "X-Beta", "Values": [ "1", "2" ] } ] }""", "{}", "wants header X-Beta: 1 or 2")]
    [InlineData("""{ "Path": "/getUsers", "Headers": [ { "Name": "X-Beta", "Mode": "Exists" } ] }""", "{}", "wants header X-Beta")]
    [InlineData(
        """{ "Path": "/getUsers", "Headers": [ { "Name": "X-Beta", "Mode": "Contains", "Values": [ "b" ] } ] }""", "{}",
        "wants header X-Beta (Contains): b")]
    [InlineData("""{ "Path": "/getUsers", "QueryParameters": [ { "Name": "v", "Values": [ "2" ] } ] }""", "{}", "wants query parameter v=2")]
    [InlineData(
        """{ "Path": "/getUsers", "Headers": [ { "Name": "A", "Mode": "Exists" } ], "QueryParameters": [ { "Name": "v", "Mode": "Exists" } ] }""", "{}",
        "wants header A and query parameter v")]
    [InlineData("""{ "Path": "/{**any}" }""", "{}", "matches too, but /{**any} is less specific than /getUsers")]
    [InlineData("""{ "Path": "/getUsers" }""", """{ "Order": 7 }""", "matches too, but its order 7 comes after 0")]
    public async Task Explain_OtherRoute_SaysTheOneReasonWhyItDoesnt(string match, string more, string reason)
    {
        var explanation = await Explaining.ExplainAsync("GET", "/getUsers", root => root.AddRoute("other", match, more));
        Assert.StartsWith("GET /getUsers → route getUsers ", explanation.Text, StringComparison.Ordinal);
        Assert.Contains($"route other|{reason}", explanation.Others());
    }

    [Fact]
    public async Task Explain_RouteWithoutTheConditionsOfTheWinner_ComesAfterIt()
    {
        var explanation = await Explaining.ExplainAsync(
            "GET", "/getUsers",
            root => root.AddRoute("beta", """{ "Path": "/getUsers", "Methods": [ "GET" ], "Headers": [ { "Name": "X-Beta", "Mode": "Exists" } ] }"""),
            "X-Beta: 1");
        Assert.StartsWith("GET /getUsers → route beta ", explanation.Text, StringComparison.Ordinal);
        Assert.Equal(
            "route getUsers|matches too, but route beta asks for more: method, host, headers or query",
            explanation.Others()[0]);
    }

    [Fact]
    public async Task Explain_ManyRoutes_NamesTheFiveNearestAndCountsTheRest()
    {
        var explanation = await Explaining.ExplainAsync("GET", "/getUser", root =>
        {
            for (var i = 0; i < 50; i++)
            {
                root.AddRoute($"r{i}", $$"""{ "Path": "/r{{i}}" }""");
            }
        });
        var others = explanation.Others();
        Assert.Equal("route getUsers|path /getUsers doesn't match", others[0]);
        Assert.Equal(6, others.Count);
        Assert.Equal("and 49 more", others[^1]);
    }

    [Fact]
    public async Task Explain_TwoRoutesBetweenWhichNothingDecides_SaysThatItFails()
    {
        var explanation = await Explaining.ExplainAsync("GET", "/twice/5", root =>
        {
            root.AddRoute("one", """{ "Path": "/twice/{a:int}" }""");
            root.AddRoute("two", """{ "Path": "/twice/{b:long}" }""");
        });
        Assert.False(explanation.IsServed);
        Assert.StartsWith("GET /twice/5 → 500 internal: ", explanation.Text, StringComparison.Ordinal);
        Assert.Contains("one", explanation.Text, StringComparison.Ordinal);
        Assert.Contains("two", explanation.Text, StringComparison.Ordinal);
    }
}
