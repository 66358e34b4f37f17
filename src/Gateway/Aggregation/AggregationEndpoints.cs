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

    public void Prepare(IEnumerable<AggregationPlan> plans) => _endpoints = [.. plans.SelectMany(EndpointsOf)];

    public void Announce() => _changed.Raise();

    private IEnumerable<Endpoint> EndpointsOf(AggregationPlan plan)
    {
        yield return Create(plan, plan.Path, order: 0);
        if (plan.Path.EndsWith('}'))
        {
            // An empty last parameter deserves a better answer than "nothing here", but only where no other route wants the path.
            yield return Create(plan, plan.Path[..(plan.Path.LastIndexOf('/') + 1)], order: int.MaxValue);
        }
    }

    private Endpoint Create(AggregationPlan plan, string path, int order)
    {
        var builder = new RouteEndpointBuilder(context => handler.HandleAsync(context, plan), RoutePatternFactory.Parse(path), order)
        {
            DisplayName = $"Aggregation {plan.Name}",
        };
        builder.Metadata.Add(new HttpMethodMetadata(plan.Methods));
        builder.Metadata.Add(plan);
        return builder.Build();
    }
}
