using System.Diagnostics;
using Microsoft.Extensions.Options;

namespace EventGateway.MockUpstream.Tests;

public sealed class MockUpstreamHostTests
{
    [Fact]
    public async Task Build_BesideAnotherServer_ItsMetersHaveNamesOfTheirOwn()
    {
        await using var mock = await MockServer.StartAsync();
        using var requests = new ActiveRequests(mock.App);
        await mock.GetAsync("/getUsers");
        await requests.EndedAsync();
        Assert.Equal("MockUpstream.Microsoft.AspNetCore.Hosting", requests.MeterName);
    }

    [Fact]
    public async Task Build_BesideAnotherServer_ItsTracesHaveASourceOfTheirOwn()
    {
        await using var mock = await MockServer.StartAsync();
        var source = mock.App.Services.GetRequiredService<ActivitySource>();
        var traced = new TaskCompletionSource<Activity>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listener = new ActivityListener
        {
            ShouldListenTo = candidate => ReferenceEquals(candidate, source),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => traced.TrySetResult(activity),
        };
        ActivitySource.AddActivityListener(listener);
        await mock.GetAsync("/getUsers");
        var activity = await traced.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal("MockUpstream.Microsoft.AspNetCore", activity.Source.Name);
    }

    [Fact]
    public void Build_OptionsOutOfRange_NamesEachOne()
    {
        var options = new MockUpstreamOptions { Port = -1, ReadFailureShare = 2, EventLatency = TimeSpan.FromMinutes(11) };
        var e = Assert.Throws<OptionsValidationException>(() => MockUpstreamHost.Build(options));
        Assert.Equal(3, e.Failures.Count());
        Assert.Contains("Port", e.Message, StringComparison.Ordinal);
        Assert.Contains("ReadFailureShare", e.Message, StringComparison.Ordinal);
        Assert.Contains("EventLatency", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0, null, "addEvent.succeed:")]
    [InlineData(5, 10, """{"getUsers":{"x":1}}""", "getUsers.x:")]
    public void Build_DialsThatMakeNoSense_NamesThem(int succeed, int fail, string? faults, string named)
    {
        var options = new MockUpstreamOptions { AddEventSucceed = succeed, AddEventFail = fail, Faults = faults };
        var e = Assert.Throws<FormatException>(() => MockUpstreamHost.Build(options));
        Assert.StartsWith(named, e.Message, StringComparison.Ordinal);
    }
}
