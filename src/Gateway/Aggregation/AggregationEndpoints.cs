using EventGateway.Aggregator;
using EventGateway.Gateway.Configuration;
using Microsoft.AspNetCore.Cors;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.Primitives;

namespace EventGateway.Gateway.Aggregation;

/// <summary>
/// One endpoint per aggregation. New ones are laid ready first and announced later: the router then takes them up in the same step
/// as YARP's routes.
/// </summary>
internal sealed class AggregationEndpoints(ClusterUpstreams upstreams) : EndpointDataSource
{
    private readonly ChangeSignal _changed = new();
    private volatile IReadOnlyList<Endpoint> _endpoints = [];

    /// <summary>What every aggregated request goes through. Set before the first one comes.</summary>
    public RequestDelegate Pipeline { get; set; } = static _ => throw new InvalidOperationException("MapAggregations has not been called.");

    public override IReadOnlyList<Endpoint> Endpoints => _endpoints;

    public override IChangeToken GetChangeToken() => _changed.Token;

    public void Prepare(GatewayPlan plan) => _endpoints = [.. plan.Aggregations.SelectMany(aggregation => EndpointsOf(aggregation, plan))];

    public void Announce() => _changed.Raise();

    private IEnumerable<Endpoint> EndpointsOf(AggregationPlan aggregation, GatewayPlan plan)
    {
        var cors = plan.Options.Aggregations[aggregation.Name].CorsPolicy;
        yield return Create(aggregation, aggregation.Path, order: 0, cors);
        if (aggregation.Path.EndsWith('}'))
        {
            // An empty last parameter deserves a better answer than "nothing here", but only where no other route wants the path.
            yield return Create(aggregation, aggregation.Path[..(aggregation.Path.LastIndexOf('/') + 1)], order: int.MaxValue, cors);
        }
    }

    private Endpoint Create(AggregationPlan plan, string path, int order, string? cors)
    {
        var builder = new RouteEndpointBuilder(Begin, RoutePatternFactory.Parse(path), order)
        {
            DisplayName = $"Aggregation {plan.Name}",
        };
        builder.Metadata.Add(new HttpMethodMetadata(plan.Methods, acceptCorsPreflight: cors is not null));
        builder.Metadata.Add(plan);
        if (cors is not null)
        {
            builder.Metadata.Add(new EnableCorsAttribute(cors));
        }

        return builder.Build();

        Task Begin(HttpContext context)
        {
            context.Features.Set(new AggregatedCall(plan, upstreams.TargetsOf(plan)));
            return Pipeline(context);
        }
    }
}
