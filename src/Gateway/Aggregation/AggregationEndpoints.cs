using EventGateway.Aggregator;
using EventGateway.Gateway.Configuration;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.Primitives;

namespace EventGateway.Gateway.Aggregation;

/// <summary>
/// One endpoint per aggregation. New ones are laid ready first and announced later: the router then takes them up in the same step
/// as YARP's routes.
/// </summary>
internal sealed class AggregationEndpoints(AggregationHandler handler) : EndpointDataSource
{
    private readonly ChangeSignal _changed = new();
    private volatile IReadOnlyList<Endpoint> _endpoints = [];

    public override IReadOnlyList<Endpoint> Endpoints => _endpoints;

    public override IChangeToken GetChangeToken() => _changed.Token;

    public void Prepare(IEnumerable<AggregationPlan> plans) => _endpoints = [.. plans.Select(Create)];

    public void Announce() => _changed.Raise();

    private Endpoint Create(AggregationPlan plan)
    {
        var builder = new RouteEndpointBuilder(context => handler.HandleAsync(context, plan), PatternOf(plan), order: 0)
        {
            DisplayName = $"Aggregation {plan.Name}",
        };
        builder.Metadata.Add(new HttpMethodMetadata(plan.Methods));
        builder.Metadata.Add(plan);
        return builder.Build();
    }

    // With its last parameter optional the pattern also matches an empty one, which deserves a better answer than "nothing here".
    private static RoutePattern PatternOf(AggregationPlan plan) =>
        RoutePatternFactory.Parse(plan.Path.EndsWith('}') ? $"{plan.Path[..^1]}?}}" : plan.Path);
}
