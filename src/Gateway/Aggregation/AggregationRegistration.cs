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

    /// <summary>Maps the aggregations; <paramref name="configure"/> says what their requests meet before they are answered.</summary>
    public static void MapAggregations(this IEndpointRouteBuilder endpoints, Action<IApplicationBuilder> configure)
    {
        var pipeline = endpoints.CreateApplicationBuilder();
        configure(pipeline);
        pipeline.Run(endpoints.ServiceProvider.GetRequiredService<AggregationHandler>().HandleAsync);
        var aggregations = endpoints.ServiceProvider.GetRequiredService<AggregationEndpoints>();
        aggregations.Pipeline = pipeline.Build();
        endpoints.DataSources.Add(aggregations);
    }
}
