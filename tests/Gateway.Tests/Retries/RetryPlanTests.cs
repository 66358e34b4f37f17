using System.Text.Json.Nodes;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Tests.Configuration;

namespace EventGateway.Gateway.Tests.Retries;

public sealed class RetryPlanTests
{
    [Fact]
    public void Compile_NothingSaid_IsOneRetryUnderABudget()
    {
        var plan = With("{}").IsTakenUp().Retries["reads"];
        Assert.Equal((2, "502-504", 0.2, 10), (plan.MaxAttempts, plan.Statuses!.ToString(), plan.Budget, plan.MinRetries));
    }

    [Theory]
    [InlineData(2, 1.0, 25)]
    [InlineData(3, 1.0, 50)]
    [InlineData(5, 1.0, 200)]
    [InlineData(4, 0.25, 25)]
    public void WaitBefore_AnAttempt_IsAShareOfAWaitThatDoubles(int attempt, double draw, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), With("{}").IsTakenUp().Retries["reads"].WaitBefore(attempt, draw));

    [Fact]
    public void WaitBefore_Doubled_IsNeverLongerThanMaxDelay() => Assert.Equal(
        TimeSpan.FromMilliseconds(30), With("""{ "MaxDelay": "00:00:00.030" }""").IsTakenUp().Retries["reads"].WaitBefore(3, 1));

    [Fact]
    public void Compile_NoStatuses_IsForFailedConnectionsOnly() => Assert.Null(With("""{ "Statuses": "" }""").IsTakenUp().Retries["reads"].Statuses);

    [Theory]
    [InlineData("""{ "Statuses": "429" }""", "Statuses: '429' is no list of statuses and ranges from 500 to 599, as in \"500, 502-504\".")]
    [InlineData("""{ "Statuses": "400-599" }""", "Statuses: '400-599' is no list of statuses and ranges from 500 to 599, as in \"500, 502-504\".")]
    [InlineData("""{ "Statuses": "all" }""", "Statuses: 'all' is no list of statuses and ranges from 500 to 599, as in \"500, 502-504\".")]
    [InlineData("""{ "MaxAttempts": 1 }""", "MaxAttempts: 1 is out of range; MaxAttempts goes from 2 to 5.")]
    [InlineData("""{ "Budget": 1.5 }""", "Budget: 1.5 is out of range; Budget goes from 0 to 1.")]
    public void Compile_AMistake_IsRefusedAtItsPlace(string policy, string problem) => With(policy).IsRefused($"RetryPolicies.reads.{problem}");

    [Fact]
    public void Compile_BaseDelayLongerThanMaxDelay_IsRefusedAtBothPlaces() => With("""{ "BaseDelay": "00:00:01" }""").IsRefused(
        "RetryPolicies.reads.BaseDelay: BaseDelay (00:00:01) is longer than MaxDelay (00:00:00.2500000).");

    [Fact]
    public void Compile_UnknownPolicy_IsRefusedWhereItIsNamed() => With("{}", root =>
    {
        root["ReverseProxy"]!["Routes"]!["getUsers"]!["Metadata"] = new JsonObject { ["RetryPolicy"] = "read" };
        root["Aggregations"]!["eventsByUser"]!["RetryPolicy"] = "raeds";
    }).IsRefused(
        "ReverseProxy.Routes.getUsers.Metadata.RetryPolicy: there is no retry policy 'read'; known are reads; did you mean 'reads'?",
        "Aggregations.eventsByUser.RetryPolicy: there is no retry policy 'raeds'; known are reads; did you mean 'reads'?");

    [Fact]
    public void Compile_RouteWithoutReads_IsAWarning() => AssertWarning(
        With("{}", root => root["ReverseProxy"]!["Routes"]!["addEvent"]!["Metadata"]!["RetryPolicy"] = "reads"),
        "ReverseProxy.Routes.addEvent.Metadata.RetryPolicy: only GET, HEAD and OPTIONS are ever tried again, and the route takes none of them.");

    [Fact]
    public void Compile_NoBudgetAtAll_IsAWarning() => AssertWarning(
        With("""{ "Budget": 0, "MinRetries": 0 }"""),
        "RetryPolicies.reads.Budget: without a budget and without MinRetries nothing is ever tried again.");

    [Theory]
    [InlineData("""[ { "HttpMethodChange": "GET", "Set": "POST" } ]""", "[0].HttpMethodChange: a GET goes out as POST")]
    [InlineData("""[ { "HttpMethodChange": "head", "Set": "delete" } ]""", "[0].HttpMethodChange: a HEAD goes out as DELETE")]
    [InlineData(
        """[ { "HttpMethodChange": "GET", "Set": "HEAD" }, { "PathPrefix": "/a" }, { "HttpMethodChange": "HEAD", "Set": "PUT" } ]""",
        "[2].HttpMethodChange: a GET goes out as PUT")]
    public void Compile_ReadThatGoesOutAsSomethingElse_IsRefusedAtBothPlaces(string transforms, string problem)
    {
        var loaded = WithTransforms(transforms);
        loaded.IsRefused($"ReverseProxy.Routes.getUsers.Transforms{problem}, which is never tried again.");
        Assert.Equal("ReverseProxy.Routes.getUsers.Metadata.RetryPolicy", Assert.Single(Assert.Single(loaded.Errors()).Related).Path);
    }

    [Theory]
    [InlineData("""[ { "HttpMethodChange": "POST", "Set": "PUT" } ]""")]
    [InlineData("""[ { "HttpMethodChange": "OPTIONS", "Set": "POST" } ]""")]   // the route doesn't take it
    [InlineData("""[ { "HttpMethodChange": "HEAD", "Set": "GET" } ]""")]
    [InlineData("""[ { "HttpMethodChange": "GET", "Set": "POST" }, { "HttpMethodChange": "POST", "Set": "GET" } ]""")]
    public void Compile_ReadThatStaysOne_IsTakenUp(string transforms) => WithTransforms(transforms).IsTakenUp();

    private static LoadedConfiguration WithTransforms(string transforms) => With("{}", root =>
    {
        var route = root["ReverseProxy"]!["Routes"]!["getUsers"]!;
        route["Metadata"] = new JsonObject { ["RetryPolicy"] = "reads" };
        route["Transforms"] = JsonNode.Parse(transforms);
    });

    private static void AssertWarning(LoadedConfiguration loaded, string problem)
    {
        var warning = Assert.Single(loaded.Problems, p => p.IsWarning);
        Assert.Equal(problem, $"{warning.Path}: {warning.Text}");
        loaded.IsTakenUp();
    }

    private static LoadedConfiguration With(string policy, Action<JsonNode>? edit = null) => Reading.Shipped(root =>
    {
        root["RetryPolicies"] = new JsonObject { ["reads"] = JsonNode.Parse(policy) };
        root["ReverseProxy"]!["Routes"]!["getEvents"]!["Metadata"] = new JsonObject { ["RetryPolicy"] = "READS" };
        edit?.Invoke(root);
    });
}
