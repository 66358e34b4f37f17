using System.Text.Json.Nodes;
using EventGateway.Gateway.Tests.Wire;

namespace EventGateway.Gateway.Tests.Commands;

/// <summary>Whatever explain says, a gateway with the same configuration does: seen from both sides of the wire.</summary>
public sealed class ExplanationAgreementTests
{
    private static readonly (string Method, string Target, string[] Headers)[] Requests =
    [
        ("GET", "/getUsers", []),
        ("HEAD", "/GETUSERS", []),
        ("GET", "/getUsers/", []),
        ("GET", "/getUsers?x=1&y", []),
        ("POST", "/getUsers", []),
        ("GET", "/getEventsByUserId/1", []),
        ("GET", "/getEventsByUserId/a%2Fb", []),
        ("GET", "/getEventsByUserId/a/b", []),
        ("GET", "/getEventsByUserId/", []),
        ("GET", "/getEventsByUserId/%ff", []),
        ("GET", "/nothing", []),
        ("GET", "/nothing/at/all", []),
        ("GET", "/files/a%20b/c%2Fd?q=%C3%BC", []),
        ("GET", "/files/..%2Fx", []),
        ("GET", "/files/%252e%252e/x", []),
        ("GET", "/files/a%zz", []),
        ("GET", "/getEventsByUserId/..%5Cx", []),
        ("GET", "/nothing/..%2Fx", []),
        ("TRACE", "/files/x", []),
        ("CONNECT", "/files/x", []),
        ("TRACE", "/getUsers", []),
        ("GET", "/files", ["Host: a.test"]),
        ("GET", "/files/x", ["Host: a.test"]),
        ("GET", "/n/12", []),
        ("GET", "/n/twelve", []),
        ("GET", "/v?v=2", []),
        ("GET", "/v?v=3", []),
        ("GET", "/v", ["X-Beta: yes"]),
        ("GET", "/v?v=2", ["X-Beta: no"]),
        ("PUT", "/v", []),
        ("GET", "/health", []),
        ("POST", "/metrics", []),
    ];

    [Fact]
    public async Task Explain_AnyRequest_SaysWhatTheGatewayDoes()
    {
        await using var gateway = await WiredGateway.StartAsync((_, answer) => answer.RespondAsync("""{"events":[]}"""), Edit);
        foreach (var (method, target, headers) in Requests)
        {
            var explanation = await Explaining.ExplainAsync(method, target, Edit, headers);
            var sent = gateway.Upstream.Requests.Count;
            var response = await gateway.SendAsync(Request(method, target, headers));
            var calls = gateway.Upstream.Requests.Skip(sent).Select(request => $"{request.Method} {request.Target}").ToList();

            var request = $"{method} {target}: {explanation.Text}";
            Assert.True(explanation.IsServed == response.Status < 400, request);
            if (!explanation.IsServed)
            {
                Assert.Contains($"→ {response.Status} ", explanation.Text, StringComparison.Ordinal);
                Assert.Empty(calls);
            }

            // Whatever reached the upstream stands in the explanation, byte for byte.
            Assert.All(calls, call => Assert.Contains(
                call.Replace(" /", " http://localhost:4000/", StringComparison.Ordinal) + "\n", explanation.Text, StringComparison.Ordinal));
            if (explanation.IsServed && !target.StartsWith("/health", StringComparison.Ordinal))
            {
                Assert.True(calls.Count > 0, request);
            }
        }
    }

    private static string Request(string method, string target, string[] headers)
    {
        var host = headers.FirstOrDefault(header => header.StartsWith("Host:", StringComparison.Ordinal)) ?? "Host: localhost:3000";
        var lines = headers.Where(header => header != host).Prepend(host).Append("Content-Length: 0");
        return $"{method} {target} HTTP/1.1\r\n{string.Concat(lines.Select(line => $"{line}\r\n"))}\r\n";
    }

    private static void Edit(JsonNode root)
    {
        root.AddRoute("files", """{ "Path": "/files/{**rest}" }""", """{ "Transforms": [ { "PathPrefix": "/f" } ] }""");
        root.AddRoute("filesOfA", """{ "Path": "/files/{name}", "Hosts": [ "a.test" ] }""", """{ "Transforms": [ { "PathSet": "/a" } ] }""");
        root.AddRoute("number", """{ "Path": "/n/{n:int}" }""");
        root.AddRoute("v", """{ "Path": "/v", "Methods": [ "GET" ] }""", """{ "Order": 5, "Transforms": [ { "PathSet": "/v1" } ] }""");
        root.AddRoute(
            "v2", """{ "Path": "/v", "QueryParameters": [ { "Name": "v", "Values": [ "2" ] } ], "Methods": [ "GET" ] }""",
            """{ "Transforms": [ { "PathSet": "/v2" } ] }""");
        root.AddRoute(
            "beta", """{ "Path": "/v", "Headers": [ { "Name": "X-Beta", "Values": [ "yes" ] } ], "Methods": [ "GET" ] }""",
            """{ "Order": -1, "Transforms": [ { "PathSet": "/beta" } ] }""");
    }
}
