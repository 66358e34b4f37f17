using EventGateway.Aggregator;
using EventGateway.Gateway.Access;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Terminal;

namespace EventGateway.Gateway.Commands.Explain;

/// <summary>What an aggregation does with a request: the calls that it would make, and what of them it would answer with.</summary>
internal static class AggregationExplanation
{
    public static void Write(TextTable table, HttpRequest request, AggregationPlan aggregation, IReadOnlyList<string> parameters, GatewayPlan plan)
    {
        for (var i = 0; i < parameters.Count; i++)
        {
            table.Add("parameter", $"{aggregation.Parameters[i]} = {parameters[i]}");
        }

        PolicyExplanation.Write(table, plan.AggregationPolicies.GetValueOrDefault(aggregation.Name, EndpointPolicies.None), request);
        var options = plan.Options.Aggregations[aggregation.Name];
        for (var i = 0; i < aggregation.Steps.Count; i++)
        {
            var step = aggregation.Steps[i];
            var destinations = plan.Clusters.Single(c => c.ClusterId.Equals(step.Cluster, StringComparison.OrdinalIgnoreCase)).Destinations!;
            var address = UpstreamUri.Join(destinations.Values.First().Address, step.PathOf(parameters)).OriginalString;
            table.Add($"step {step.Id}", $"GET {address}{(destinations.Count > 1 ? $" (or {(destinations.Count - 1).Of("other destination")})" : "")}");
            if (options.Steps[i].ForEach is { } list)
            {
                table.Add("", $"for each entry of {list}: at most {step.MaxItems.ToText()}, {step.MaxConcurrency.ToText()} at once");
            }

            table.Add("", $"cluster {step.Cluster}; each call {step.Timeout.ToText()} and {Quantities.BytesToText(step.MaxBytes)} at most");
            if (step.SharesCalls)
            {
                table.Add("", "a call under way is shared with the same caller's other requests");
            }

            if (step.CircuitBreaker is { } breaker)
            {
                table.Add("", $"breaker {breaker} {BreakerSentence.Of(plan.Breakers[breaker])}");
            }
        }

        table.Add("answer", $"{OutputOf(options.Output, aggregation)}; {(aggregation.Mode == AggregationMode.Partial
            ? "what fails is null in it"
            : "the first failure ends the request")}");
        table.Add("limits", $"{aggregation.TotalTimeout.ToText()} in all, all answers together at most {Quantities.BytesToText(aggregation.MaxTotalBytes)}");
    }

    private static string OutputOf(OutputOptions output, AggregationPlan aggregation) => output.Step is { } step
        ? AnswerOf(step, aggregation)
        : $"an object: {string.Join(", ", output.Members.Select(member => $"{member.Key} is {AnswerOf(member.Value, aggregation)}"))}";

    private static string AnswerOf(string step, AggregationPlan aggregation) =>
        aggregation.Steps.Single(s => s.Id == step).IsFanOut ? $"the list of {step} answers" : $"the answer of {step}";
}
