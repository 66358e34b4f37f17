using System.Text.Json.Nodes;
using EventGateway.Gateway.Terminal;
using EventGateway.Gateway.Tests.Configuration;

namespace EventGateway.Gateway.Tests.Terminal;

public sealed class StartBannerTests
{
    [Fact]
    public void Banner_OfTheShippedFile_IsAShortTable()
    {
        var plan = Reading.Shipped().IsTakenUp();
        Assert.Equal(
            $"""

            EventGateway 0.1.0 listens on http://localhost:3000 (all interfaces), configuration {plan.Hash}

              route        getUsers      GET HEAD  /getUsers                → event-api
              route        getEvents     GET HEAD  /getEvents               → event-api
              route        addEvent      POST      /addEvent                → event-api, breaker addEvent
              aggregation  eventsByUser  GET       /getEventsByUserId/(id)  → user, event
              cluster      event-api     http://localhost:4000
              breaker      addEvent      opens after 3 failures in 30 s, then waits 10→20→40→60 s
              gateway      /health /ready /metrics


            """.Replace("(id)", "{id}", StringComparison.Ordinal),
            StartBanner.Text(plan, ["http://[::]:3000"]));
    }

    [Fact]
    public void Banner_WithManagement_HasItsAddressApart()
    {
        var plan = Reading.Shipped(root => root["PublicMetrics"] = false).IsTakenUp();
        var lines = StartBanner.Text(plan, ["http://[::]:3000", "http://localhost:3001"]).Split('\n');

        Assert.Contains("  gateway      /health /ready", lines);
        Assert.Contains("  management   http://localhost:3001  /status /admin /health /ready /metrics", lines);
    }

    [Fact]
    public void Banner_WithHttps_HasBothAddresses()
    {
        var lines = StartBanner.Text(Reading.Shipped().IsTakenUp(), ["http://[::]:3000", "https://[::]:3443", "http://localhost:3001"]).Split('\n');

        Assert.Contains(lines, line => line.StartsWith("EventGateway 0.1.0 listens on http://localhost:3000 and https://localhost:3443 (all interfaces)", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("  management   http://localhost:3001  ", StringComparison.Ordinal));
        Assert.DoesNotContain(StartBanner.Text(Reading.Shipped().IsTakenUp(), ["http://[::]:3000", "https://[::]:3443"]), "management", StringComparison.Ordinal);
    }

    [Fact]
    public void Banner_OfAThousandRoutesAndDestinations_StillFitsAScreen()
    {
        var plan = Reading.Shipped(root =>
        {
            for (var i = 0; i < 1000; i++)
            {
                root["ReverseProxy"]!["Routes"]![$"r{i}"] = new JsonObject
                {
                    ["ClusterId"] = "event-api",
                    ["Match"] = new JsonObject { ["Path"] = $"/r{i}" },
                };
                root["ReverseProxy"]!["Clusters"]!["event-api"]!["Destinations"]![$"d{i}"] = new JsonObject { ["Address"] = $"http://d{i}" };
            }
        }).IsTakenUp();

        var lines = StartBanner.Text(plan, ["http://[::]:3000"]).Split('\n');
        Assert.True(lines.Length < 40);
        Assert.All(lines, line => Assert.True(line.Length <= 120, line));
        Assert.Contains("  route        … and 983 more", lines);
        Assert.Contains(lines, line => line.EndsWith("http://d0, http://d1 and 998 more", StringComparison.Ordinal));
    }
}
