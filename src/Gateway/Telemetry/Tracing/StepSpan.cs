using System.Diagnostics;
using EventGateway.Aggregator;

namespace EventGateway.Gateway.Telemetry.Tracing;

/// <summary>The span of one call of an aggregation: around the HTTP client's, and around what keeps a call from being made.</summary>
internal static class StepSpan
{
    public static Activity? Start(AggregationPlan plan, UpstreamCall call)
    {
        var span = Spans.Source.StartActivity($"{plan.Name} {call.Step.Id}");
        span?.SetTag("gateway.aggregation", plan.Name);
        span?.SetTag("gateway.aggregation.step", call.Step.Id);
        span?.SetTag("url.path", call.Path);
        span?.SetTag("gateway.cluster", call.Step.Cluster);
        return span;
    }

    /// <summary>Says that another request made the call, with a link to its span there.</summary>
    public static void Share(Activity span, Activity? call)
    {
        span.SetTag("gateway.aggregation.shared", true);
        if (call is not null)
        {
            span.AddLink(new ActivityLink(call.Context));
        }
    }

    public static void Finish(Activity span, PartResult result)
    {
        span.SetTag("gateway.aggregation.outcome", result.Outcome.ToLabel());
        if (result.Outcome is not (PartOutcome.Success or PartOutcome.NotFound or PartOutcome.Cancelled))
        {
            span.SetTag("error.type", result.Outcome.ToLabel());
            span.SetStatus(ActivityStatusCode.Error);
        }

        span.Stop();
    }
}
