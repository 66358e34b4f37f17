using EventGateway.Aggregator;
using EventGateway.Gateway.Aggregation;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Terminal;
using Yarp.ReverseProxy.Model;

namespace EventGateway.Gateway.Commands.Explain;

/// <summary>What would serve a request, and why nothing else does.</summary>
/// <param name="Text">For people.</param>
/// <param name="IsServed">Whether anything does.</param>
internal sealed record Explanation(string Text, bool IsServed)
{
    private const int MostCandidates = 5;

    /// <summary>Asks the gateway that would serve <paramref name="plan"/>. It need not have been started.</summary>
    public static async Task<Explanation> OfAsync(SyntheticRequest request, GatewayPlan plan, WebApplication gateway)
    {
        var sources = ((IEndpointRouteBuilder)gateway).DataSources;
        var router = new TrialRouter(gateway.Services, plan.Versions);
        HttpContext context;
        try
        {
            context = await router.RouteAsync(request, sources);
        }
        catch (Exception e)
        {
            // The router can't choose between two: it would fail in service as well.
            return new Explanation($"{TitleOf(request)} → 500 {GatewayError.Internal.Code}: {e.Message.ReplaceLineEndings(" ")}\n", IsServed: false);
        }

        var winner = context.GetEndpoint() as RouteEndpoint;
        var (title, table, isServed) = await WinnerAsync(context, winner, plan);
        var others = await OthersAsync(router, request, sources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>(), winner);
        return new Explanation($"{TitleOf(request)} → {title}\n{table}{others}", isServed);
    }

    private static string TitleOf(SyntheticRequest request) => $"{request.Method} {request.Target}";

    private static async Task<(string Title, string Table, bool IsServed)> WinnerAsync(
        HttpContext context, RouteEndpoint? winner, GatewayPlan plan)
    {
        var table = new TextTable();
        if (winner is null)
        {
            return (await RefusalAsync(context), "", false);
        }

        var name = Candidate.NameOf(winner);
        if (RouteMiddleware.RefusalOf(context) is { } refusal)
        {
            table.Add("error", RequestRecord.Of(context).Version is { } other && !other.Has(winner) ? $"{name} is not part of version {other.Name}." : refusal.Detail);
            return ($"{refusal.Status} {refusal.Code} from {name}", table.ToText(), false);
        }

        if (RequestRecord.Of(context).Version is { } version)
        {
            PolicyExplanation.Write(table, version, context.Request);
        }

        if (winner.Metadata.GetMetadata<RouteModel>() is { } route)
        {
            await RouteExplanation.WriteAsync(table, context, route, plan);
            return (name + PlaceOf(plan, "ReverseProxy", "Routes", route.Config.RouteId), table.ToText(), true);
        }

        if (winner.Metadata.GetMetadata<AggregationPlan>() is { } aggregation)
        {
            name += PlaceOf(plan, "Aggregations", aggregation.Name);
            if (AggregationHandler.ReadParameters(context, aggregation, out var parameters) is { } error)
            {
                table.Add("error", error.Detail);
                return ($"{error.Status} {error.Code} from {name}", table.ToText(), false);
            }

            AggregationExplanation.Write(table, context.Request, aggregation, parameters, plan);
            return (name, table.ToText(), true);
        }

        return (name, "", true);
    }

    private static async Task<string> RefusalAsync(HttpContext context)
    {
        if (RouteMiddleware.RefusalOf(context) is { } refusal)
        {
            return $"{refusal.Status} {refusal.Code}";
        }

        // An endpoint of the router's own, which touches nothing but the response.
        await context.GetEndpoint()!.RequestDelegate!(context);
        var status = context.Response.StatusCode;
        return status == StatusCodes.Status405MethodNotAllowed
            ? $"{status} {GatewayError.MethodNotAllowed(context.Request.Method).Code}, Allow: {context.Response.Headers.Allow}"
            : $"{status}";
    }

    private static async Task<string> OthersAsync(TrialRouter router, SyntheticRequest request, IEnumerable<RouteEndpoint> endpoints, RouteEndpoint? winner)
    {
        var path = request.Target.Split('?')[0];
        var candidates = new List<(Candidate Candidate, bool PathMatches)>();
        foreach (var endpoint in endpoints.Where(endpoint => winner is null || Candidate.NameOf(endpoint) != Candidate.NameOf(winner)))
        {
            var isOwn = endpoint.Metadata.GetMetadata<RouteModel>() is null && endpoint.Metadata.GetMetadata<AggregationPlan>() is null;
            var matches = await router.MatchesAsync(request, endpoint);
            if (matches || !isOwn)
            {
                candidates.Add((new Candidate(Candidate.NameOf(endpoint), endpoint), matches));
            }
        }

        var nearest = candidates
            .OrderByDescending(c => c.PathMatches)
            .ThenByDescending(c => CommonLength(path, c.Candidate.Endpoint.RoutePattern.RawText ?? ""))
            .ThenBy(c => c.Candidate.Name, StringComparer.OrdinalIgnoreCase)   // YARP's order is that of a hash table
            .Select(c => c.Candidate)
            .DistinctBy(c => c.Name)
            .ToList();
        if (nearest.Count == 0)
        {
            return "";
        }

        var table = new TextTable();
        foreach (var candidate in nearest.Take(MostCandidates))
        {
            table.Add(candidate.Name, await candidate.WhyNotAsync(router, request, winner));
        }

        var more = nearest.Count > MostCandidates ? $"  and {(nearest.Count - MostCandidates).ToText()} more\n" : "";
        return $"not:\n{table.ToText()}{more}";
    }

    private static int CommonLength(string path, string pattern) =>
        path.Zip(pattern).TakeWhile(pair => char.ToUpperInvariant(pair.First) == char.ToUpperInvariant(pair.Second)).Count();

    private static string PlaceOf(GatewayPlan plan, params ReadOnlySpan<string> keys) =>
        plan.Root.Find(keys) is { } node ? $"  ({node.Origin})" : "";
}
