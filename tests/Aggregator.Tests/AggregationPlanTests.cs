using System.ComponentModel.DataAnnotations;

namespace EventGateway.Aggregator.Tests;

public sealed class AggregationPlanTests
{
    [Fact]
    public void Compile_ShippedAggregation_IsAPlan()
    {
        var problems = new List<PlanProblem>();
        var plan = AggregationPlan.Compile("eventsByUser", Scenario.EventsByUser(), problems);

        Assert.Empty(problems);
        Assert.NotNull(plan);
        Assert.Equal("eventsByUser", plan.Name);
        Assert.Equal(["id"], plan.Parameters);
        Assert.Equal(["GET"], plan.Methods);
        Assert.Equal([false, true], plan.Steps.Select(step => step.IsFanOut));
    }

    public static TheoryData<string, Action<AggregationOptions>> Mistakes => new()
    {
        { "Match:Path", o => o.Match.Path = "getEventsByUserId/{id}" },
        { "Match:Path", o => o.Match.Path = "/x/{id" },
        { "Match:Path", o => o.Match.Path = "/x/{id}}" },
        { "Match:Path", o => o.Match.Path = "/x/{id}/{id}" },
        { "Match:Path", o => o.Match.Path = "/x/{id}/{item}" },
        { "Match:Path", o => o.Match.Path = "/x-{id}" },
        { "Match:Path", o => o.Match.Path = "/x/{id}?a" },
        { "Match:Methods:1", o => o.Match.Methods = ["GET", "POST"] },
        { "Steps:0:Path", o => o.Steps[0].Path = "getUserById/{id}" },
        { "Steps:0:Path", o => o.Steps[0].Path = "/getUserById/{other}" },
        { "Steps:0:Path", o => o.Steps[0].Path = "/getUserById/{item}" },
        { "Steps:0:Path", o => o.Steps[0].Path = "/getUserById/{id:int}" },
        { "Steps:0:Path", o => o.Steps[0].Path = "/getUserById/}{id}" },
        { "Steps:0:Path", o => o.Steps[0].Path = "/get user/{id}" },
        { "Steps:0:Path", o => o.Steps[0].Path = "/x/{id}#f" },
        { "Steps:1:Path", o => o.Steps[1].Path = "/getEventById/{id}" },
        { "Steps:1:ForEach", o => o.Steps[1].ForEach = "nobody#/events" },
        { "Steps:1:ForEach", o => o.Steps[1].ForEach = "event#/events" },
        { "Steps:1:ForEach", o => o.Steps[1].ForEach = "user" },
        { "Steps:1:ForEach", o => o.Steps[1].ForEach = "user#events" },
        { "Steps:1:ForEach", o => o.Steps[1].ForEach = "user#/a~2b" },
        { "Steps:1:ForEach", o => o.Steps[1].ForEach = "user#/a~" },
        { "Steps:0:ForEach", o => o.Steps.Reverse() },
        { "Steps:1:Id", o => o.Steps[1].Id = "user" },
        { "Steps:1:Id", o => o.Steps[1].Id = "" },
        { "Steps:1:Id", o => o.Steps[1].Id = "a#b" },
        { "Steps:0:Timeout", o => o.Steps[0].Timeout = TimeSpan.FromSeconds(11) },
        { "Steps", o => o.Steps = [] },
        { "Steps:1", o => o.Output.Step = "user" },
        { "Output", o => o.Output.Step = "nobody" },
        { "Output", o => o.Output = new() },
        { "Output", o => o.Output.Members["event"] = "event" },
        { "Output:all", o => o.Output = new() { Members = { ["all"] = "nobody", ["event"] = "event" } } },
        { "Steps:2:ForEach", o => o.Steps.Add(new() { Id = "more", Cluster = "c", Path = "/{item}", ForEach = "event#/list" }) },
    };

    [Theory]
    [MemberData(nameof(Mistakes), DisableDiscoveryEnumeration = true)]
    public void Compile_OneMistake_IsReportedAtItsPlace(string path, Action<AggregationOptions> mistake)
    {
        var options = Scenario.EventsByUser();
        mistake(options);
        var problems = new List<PlanProblem>();

        Assert.Null(AggregationPlan.Compile("test", options, problems));
        Assert.Contains(problems, problem => problem.Path == path && problem.Message.Length > 0);
    }

    [Fact]
    public void Compile_SeveralMistakes_ReportsAll()
    {
        var options = Scenario.EventsByUser();
        options.Match.Methods = ["DELETE"];
        options.Steps[0].Timeout = TimeSpan.FromHours(1);
        options.Steps[1].ForEach = "nobody#/events";
        options.Output.Step = "neither";
        var problems = new List<PlanProblem>();

        Assert.Null(AggregationPlan.Compile("test", options, problems));
        Assert.Equal(
            ["Match:Methods:0", "Output", "Steps:0:Timeout", "Steps:1:ForEach"],
            problems.Select(problem => problem.Path).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(new string[0], new[] { "GET" })]
    [InlineData(new[] { "get", "HEAD", "GET" }, new[] { "GET", "HEAD" })]
    public void Compile_Methods_AreUpperCaseWithGetAsDefault(string[] configured, string[] expected)
    {
        var options = Scenario.EventsByUser();
        options.Match.Methods = [.. configured];

        Assert.Equal(expected, AggregationPlan.Compile("test", options, [])!.Methods);
    }

    [Fact]
    public void Options_Defaults_AreInTheirOwnRanges()
    {
        var options = Scenario.EventsByUser();

        Assert.True(IsValid(options));
        Assert.All(options.Steps, step => Assert.True(IsValid(step)));
    }

    [Fact]
    public void Options_OutOfRange_AreRefusedByTheirAttributes()
    {
        Assert.False(IsValid(new AggregationOptions { TotalTimeout = TimeSpan.FromDays(2) }));
        Assert.False(IsValid(new AggregationOptions { MaxTotalBytes = 0 }));
        Assert.False(IsValid(new AggregationOptions { Mode = (AggregationMode)7 }));
        Assert.False(IsValid(new StepOptions { Id = "a", Cluster = "c", Path = "/", MaxConcurrency = 10_001 }));
        Assert.False(IsValid(new StepOptions { Id = "a", Cluster = "c", Path = "/", MaxItems = 0 }));
        Assert.False(IsValid(new StepOptions { Id = "a", Cluster = "c", Path = "/", MaxBytes = 0 }));
        Assert.False(IsValid(new StepOptions { Id = "a", Cluster = "c", Path = "/", Timeout = TimeSpan.Zero }));
        Assert.False(IsValid(new StepOptions { Id = "a", Path = "/" }));
    }

    [Fact]
    public void OutputOptions_OfAStep_IsThatStep() => Assert.Equal("event", OutputOptions.Of("event").Step);

    private static bool IsValid(object options) =>
        Validator.TryValidateObject(options, new ValidationContext(options), null, validateAllProperties: true);
}
