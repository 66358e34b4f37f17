using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Versions;

namespace EventGateway.Gateway.Commands.Explain;

/// <summary>
/// The gateway's own router, asked about requests that nobody sent: with all endpoints it knows what serves a request, with one of them, or
/// with a part of its conditions, why that one doesn't.
/// </summary>
internal sealed class TrialRouter(IServiceProvider services, VersionTable versions)
{
    /// <summary>The request after routing: with its endpoint, if there is one, and its route values.</summary>
    public async Task<HttpContext> RouteAsync(SyntheticRequest request, IEnumerable<EndpointDataSource> sources)
    {
        var router = new ApplicationBuilder(services);
        router.UseRouting();
        router.Use(static (HttpContext _, RequestDelegate _) => Task.CompletedTask);   // which endpoint is all we want to know
        router.UseEndpoints(endpoints =>
        {
            foreach (var source in sources)
            {
                endpoints.DataSources.Add(source);
            }
        });
        var context = request.CreateContext(services);
        RequestRecord.Of(context).Version = versions.Enter(context.Request);
        await router.Build()(context);
        return context;
    }

    public VersionPlan? VersionOf(SyntheticRequest request) => versions.Enter(request.CreateContext(services).Request);

    /// <summary>Whether an endpoint takes the request when it has no other beside it, and of its conditions only these.</summary>
    public async Task<bool> MatchesAsync(SyntheticRequest request, RouteEndpoint endpoint, params IEnumerable<object> conditions)
    {
        var alone = new RouteEndpoint(endpoint.RequestDelegate!, endpoint.RoutePattern, endpoint.Order, new EndpointMetadataCollection(conditions), null);
        var context = await RouteAsync(request, [new DefaultEndpointDataSource(alone)]);
        return ReferenceEquals(context.GetEndpoint(), alone);   // the router has endpoints of its own, for 405
    }
}
