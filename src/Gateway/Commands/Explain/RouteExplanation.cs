using EventGateway.Gateway.Access;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Limits;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Terminal;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace EventGateway.Gateway.Commands.Explain;

/// <summary>What a route does with a request: where it goes and what it becomes on its way, by the route's own transforms.</summary>
internal static class RouteExplanation
{
    public static async Task WriteAsync(TextTable table, HttpContext context, RouteModel route, GatewayPlan plan)
    {
        var cluster = route.Cluster!.Model.Config;
        table.Add("cluster", cluster.ClusterId + (cluster.Destinations!.Count > 1
            ? $", {cluster.Destinations.Count} destinations, {cluster.LoadBalancingPolicy ?? YarpDefaults.LoadBalancingPolicy}"
            : ""));

        var calls = new List<string>();
        IReadOnlyList<string> headers = [];
        foreach (var destination in route.Cluster.Destinations.Values.OrderBy(d => d.DestinationId, StringComparer.Ordinal))
        {
            using var upstream = await TransformAsync(context, route, destination);
            calls.Add($"{PinnedDestinations.NameOf(destination.DestinationId)}: {upstream.Method} {upstream.RequestUri!.OriginalString}");
            headers = ChangedHeaders(context.Request, upstream);
        }

        AddEach(table, "destination", calls);
        AddEach(table, "header", headers);
        AddEach(table, "transform", (route.Config.Transforms ?? []).Select(t => string.Join(", ", t.Select(pair => $"{pair.Key}: {pair.Value}"))));
        if (context.GetEndpoint()?.Metadata.GetMetadata<Guard>() is { } guard)
        {
            var breaker = plan.Breakers[guard.Breaker.Name];
            table.Add("breaker", $"{guard.Breaker.Name} {BreakerSentence.Of(breaker)}");
            table.Add("", $"failures are {breaker.FailureStatuses}, no connection, no answer in time, a broken answer");
        }

        PolicyExplanation.Write(table, plan.RoutePolicies.GetValueOrDefault(route.Config.RouteId, EndpointPolicies.None), context.Request);
        var policy = context.GetEndpoint()?.Metadata.GetMetadata<RequestBodyPolicy>();
        if (policy is not null)
        {
            table.Add("body", $"checked as {policy.Name}, at most {Quantities.BytesToText(policy.LimitFor(route.Config))}");
        }

        table.Add("limits", string.Join(", ", LimitsOf(route.Config, cluster, policy)));
        if (plan.CallLimits.TryGetValue(cluster.ClusterId, out var places))
        {
            table.Add("", PlacesOf(places));
        }

        AddEach(table, "metadata", TextsOf(route.Config.Metadata).Concat(TextsOf(cluster.Metadata).Select(text => $"{text} (cluster {cluster.ClusterId})")));
    }

    private static IEnumerable<string> TextsOf(IReadOnlyDictionary<string, string>? metadata) =>
        (metadata ?? new Dictionary<string, string>()).Select(entry => $"{entry.Key}: {entry.Value}");

    private static IEnumerable<string> LimitsOf(RouteConfig route, ClusterConfig cluster, RequestBodyPolicy? policy)
    {
        yield return route.Timeout is { } timeout ? $"{timeout.ToText()} in all" : "no time limit in all";
        if (MetadataReader.Read<RouteMetadata>(route.Metadata).AttemptTimeout is { } attempt)
        {
            yield return $"{attempt.ToText()} until the response headers";
        }

        yield return $"{(cluster.HttpRequest?.ActivityTimeout ?? YarpDefaults.ActivityTimeout).ToText()} without progress";
        if (route.MaxRequestBodySize is { } bytes and >= 0)
        {
            yield return $"request body at most {Quantities.BytesToText(bytes)}";
        }
        else if (policy is null)
        {
            yield return "request body of any size";
        }
    }

    private static string PlacesOf(CallLimitPlan places) =>
        $"{places.MaxConcurrentCalls.Of("call")} of the cluster at once, "
        + (places.MaxQueuedCalls == 0 ? "none may wait" : $"{places.MaxQueuedCalls.ToText()} more wait {places.QueueTimeout.ToText()} at most");

    // As YARP's forwarder would, up to the moment of sending.
    private static async Task<HttpRequestMessage> TransformAsync(HttpContext context, RouteModel route, DestinationState destination)
    {
        context.Features.Set<IReverseProxyFeature>(new ReverseProxyFeature
        {
            Route = route,
            Cluster = route.Cluster!.Model,
            AllDestinations = [destination],
            AvailableDestinations = [destination],
            ProxiedDestination = destination,
        });
        var address = destination.Model.Config.Address;
        var upstream = new HttpRequestMessage { Method = new HttpMethod(context.Request.Method) };
        await route.Transformer.TransformRequestAsync(context, upstream, address, CancellationToken.None);
        upstream.RequestUri ??= RequestUtilities.MakeDestinationAddress(address, context.Request.Path, context.Request.QueryString);
        return upstream;
    }

    private static IReadOnlyList<string> ChangedHeaders(HttpRequest request, HttpRequestMessage upstream)
    {
        var sent = upstream.Headers.NonValidated
            .Concat(upstream.Content?.Headers.NonValidated ?? default)
            .ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var set = sent
            .Where(header => request.Headers[header.Key].ToString() != header.Value)
            .Select(header => $"{header.Key}: {(header.Key == RequestRecord.CorrelationHeader ? "(a new id)" : header.Value)}");

        // Without one of its own, the request gets the Host that its address says.
        var dropped = request.Headers.Keys
            .Where(name => !sent.ContainsKey(name) && !name.Equals("Host", StringComparison.OrdinalIgnoreCase))
            .Select(name => $"{name} is dropped");
        return [.. set.Concat(dropped).Order(StringComparer.OrdinalIgnoreCase)];
    }

    private static void AddEach(TextTable table, string title, IEnumerable<string> texts)
    {
        foreach (var text in texts)
        {
            table.Add(title, text);
            title = "";
        }
    }
}
