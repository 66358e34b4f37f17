namespace EventGateway.Gateway.Aggregation;

internal static class AggregationRegistration
{
    /// <summary>The aggregations of <c>Aggregations</c>.</summary>
    public static void AddAggregation(this IServiceCollection services)
    {
        services.AddSingleton<ClusterUpstreams>();
        services.AddSingleton<AggregationHandler>();
        services.AddSingleton<AggregationEndpoints>();
    }

    public static void MapAggregations(this IEndpointRouteBuilder endpoints) =>
        endpoints.DataSources.Add(endpoints.ServiceProvider.GetRequiredService<AggregationEndpoints>());
}
