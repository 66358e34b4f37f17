using EventGateway.Aggregator;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace EventGateway.Gateway.Commands.Explain;

/// <summary>Something that might have served the request, and doesn't.</summary>
internal sealed record Candidate(string Name, RouteEndpoint Endpoint)
{
    /// <summary>What an endpoint is to an operator: a route, an aggregation or one of the gateway's own.</summary>
    public static string NameOf(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<RouteModel>() is { } route ? $"route {route.Config.RouteId}"
        : endpoint.Metadata.GetMetadata<AggregationPlan>() is { } aggregation ? $"aggregation {aggregation.Name}"
        : $"the gateway's own {(endpoint as RouteEndpoint)?.RoutePattern.RawText ?? endpoint.DisplayName}";

    /// <summary>The first condition that the request doesn't meet; where it meets all, why <paramref name="winner"/> goes before this one.</summary>
    public async Task<string> WhyNotAsync(TrialRouter router, SyntheticRequest request, RouteEndpoint? winner)
    {
        if (!await router.MatchesAsync(request, Endpoint))
        {
            return $"path {Endpoint.RoutePattern.RawText} doesn't match";
        }

        if (Endpoint.Metadata.GetMetadata<IHttpMethodMetadata>() is { } methods && !await router.MatchesAsync(request, Endpoint, methods))
        {
            return $"takes {string.Join(", ", methods.HttpMethods)}, not {request.Method}";
        }

        if (Endpoint.Metadata.GetMetadata<IHostMetadata>() is { } hosts && !await router.MatchesAsync(request, Endpoint, hosts))
        {
            return $"wants host {string.Join(" or ", hosts.Hosts)}, not {request.Host}";
        }

        if (!await router.MatchesAsync(request, Endpoint, Endpoint.Metadata))
        {
            return $"wants {WantedBy(Endpoint.Metadata.GetMetadata<RouteModel>()?.Config.Match)}";
        }

        if (router.VersionOf(request) is { } version && !version.Has(Endpoint))
        {
            return $"is not part of version {version.Name}";
        }

        return winner is null ? "matches" : WhyAfter(winner);
    }

    private string WhyAfter(RouteEndpoint winner) =>
        Endpoint.Order != winner.Order ? $"matches too, but its order {Endpoint.Order} comes after {winner.Order}"
        : Endpoint.RoutePattern.InboundPrecedence != winner.RoutePattern.InboundPrecedence
            ? $"matches too, but {Endpoint.RoutePattern.RawText} is less specific than {winner.RoutePattern.RawText}"
            : $"matches too, but {NameOf(winner)} asks for more: method, host, headers or query";

    // What YARP matches beyond path, method and host.
    private static string WantedBy(RouteMatch? match) => string.Join(
        " and ",
        (match?.Headers ?? []).Select(header => header.Mode switch
        {
            HeaderMatchMode.Exists => $"header {header.Name}",
            HeaderMatchMode.NotExists => $"no header {header.Name}",
            HeaderMatchMode.ExactHeader => $"header {header.Name}: {Any(header.Values)}",
            _ => $"header {header.Name} ({header.Mode}): {Any(header.Values)}",
        }).Concat((match?.QueryParameters ?? []).Select(parameter => parameter.Mode switch
        {
            QueryParameterMatchMode.Exists => $"query parameter {parameter.Name}",
            QueryParameterMatchMode.Exact => $"query parameter {parameter.Name}={Any(parameter.Values)}",
            _ => $"query parameter {parameter.Name} ({parameter.Mode}): {Any(parameter.Values)}",
        })));

    private static string Any(IReadOnlyList<string>? values) => string.Join(" or ", values ?? []);
}
