using System.Text.Json.Nodes;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>What every error body of the gateway has, and what none may have.</summary>
internal static class Problem
{
    private static readonly string[] Secrets = ["127.0.0.1", "localhost", "Exception", "System.", "   at ", "Yarp", "socket"];

    /// <summary>Asserts an error that the gateway wrote itself, and returns its body.</summary>
    public static JsonNode Of(RawResponse response, int status, string code)
    {
        Assert.Equal(status, response.Status);
        Assert.Equal(RawEnd.Complete, response.End);
        Assert.Equal("application/problem+json", response.Headers["Content-Type"]);
        Assert.Equal("no-store", response.Headers["Cache-Control"]);
        Assert.Null(response.Headers["Server"]);
        Assert.All(Secrets, secret => Assert.DoesNotContain(secret, response.Text, StringComparison.OrdinalIgnoreCase));

        var body = JsonNode.Parse(response.Text)!;
        Assert.Equal(code, (string?)body["code"]);
        Assert.Equal(status, (int?)body["status"]);
        Assert.Equal(response.Headers["X-Correlation-Id"], (string?)body["correlationId"]);
        Assert.False((bool?)body["success"]);
        Assert.All(["type", "title", "detail", "error", "message"], member => Assert.NotEmpty((string)body[member]!));
        return body;
    }
}
