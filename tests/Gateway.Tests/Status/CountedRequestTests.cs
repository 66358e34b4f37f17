using EventGateway.Gateway.Status;
using EventGateway.Gateway.Tests.Wire;

namespace EventGateway.Gateway.Tests.Status;

/// <summary>What of real requests arrives in a route's figures.</summary>
public sealed class CountedRequestTests
{
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", 0)]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}", 0)]
    [InlineData("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\n{}", 1)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[", 1)]   // breaks off
    public async Task Request_WhateverTheUpstreamAnswers_CountsOnceAndAsErrorIfTheClientGotOne(string answer, double errors)
    {
        await using var gateway = await WiredGateway.StartAsync(async (_, connection) =>
        {
            await connection.SendAsync(answer);
            connection.Close();
        });
        await gateway.SendUntilClosedAsync(Http.Get("/getUsers", "Connection: close"));
        await gateway.FinishedAsync();
        gateway.Clock.Advance(TimeSpan.FromSeconds(1));
        var figures = gateway.Services.GetRequiredService<RouteTraffic>().Now("getUsers");
        Assert.Equal((1, errors), (figures.Rate, figures.Errors));
    }
}
