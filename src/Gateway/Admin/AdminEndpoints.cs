using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using EventGateway.Gateway.Caching;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Health;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Telemetry;
using Yarp.ReverseProxy;

namespace EventGateway.Gateway.Admin;

/// <summary><c>/admin</c>, on the management port: what the gateway knows, and what an operator may tell a breaker or the cache.</summary>
internal static class AdminEndpoints
{
    public const string Prefix = "/admin";

    private static readonly string[] Read = [HttpMethods.Get, HttpMethods.Head];

    public static void MapAdmin(this IEndpointRouteBuilder endpoints)
    {
        var admin = endpoints.MapGroup(Prefix);
        admin.DisableHttpMetrics();
        admin.MapMethods("/breakers", Read, ListBreakersAsync);
        admin.MapMethods("/breakers/{name}", Read, ShowBreakerAsync);
        admin.MapMethods("/config", Read, ShowConfigurationAsync);
        admin.MapMethods("/routes", Read, ShowRoutesAsync);
        admin.MapPost("/cache/purge", PurgeCacheAsync);
        foreach (var verb in OperatorVerbExtensions.All)
        {
            admin.MapPost($"/breakers/{{name}}/{verb.ToWord()}", (RequestDelegate)(context => ChangeBreakerAsync(context, verb)));
        }
    }

    private static Task ListBreakersAsync(HttpContext context)
    {
        var breakers = Service<BreakerRegistry>(context).All.OrderBy(b => b.Name, StringComparer.OrdinalIgnoreCase);
        return WriteAsync(context, new BreakerList([.. breakers.Select(BreakerReport.Of)]), AdminJson.Legible.BreakerList);
    }

    private static Task ShowBreakerAsync(HttpContext context)
    {
        var options = Service<LiveConfiguration>(context).Current.Options.CircuitBreakers;
        return FindBreaker(context) is { } guard && options.TryGetValue(guard.Breaker.Name, out var settings)
            ? WriteAsync(context, BreakerDetail.Of(guard, settings), AdminJson.Legible.BreakerDetail)
            : context.WriteErrorAsync(NoBreaker(context));
    }

    private static Task ShowConfigurationAsync(HttpContext context) => WriteAsync(
        context, ConfigurationReport.Of(Service<ConfigurationSource>(context), Service<LiveConfiguration>(context)), AdminJson.Legible.ConfigurationReport);

    private static async Task ShowRoutesAsync(HttpContext context)
    {
        var plan = Service<LiveConfiguration>(context).Current;
        var report = await RoutesReport.OfAsync(plan, Service<IProxyStateLookup>(context), Service<UpstreamReachability>(context));
        await WriteAsync(context, report, AdminJson.Legible.RoutesReport);
    }

    private static async Task ChangeBreakerAsync(HttpContext context, OperatorVerb verb)
    {
        // The token first: who has none learns nothing, not even which breakers there are.
        var error = Service<AdminToken>(context).Check(context.Request);
        BreakerChange? change = null;
        if (error is null)
        {
            (var body, error) = await ReadBodyAsync(context.Request);
            change = error is null ? BreakerChange.Read(body, verb, out error) : null;
        }

        var guard = FindBreaker(context);
        if (error is null && guard is null)
        {
            error = NoBreaker(context);
        }

        if (error is not null)
        {
            await context.WriteErrorAsync(error);
            return;
        }

        var before = guard!.Breaker.State;
        Service<BreakerOperator>(context).Act(guard, verb, change!.Length, change.Reason);
        await WriteAsync(context, new ChangeReport(before.ToLabel(), BreakerReport.Of(guard.Breaker)), AdminJson.Legible.ChangeReport);
    }

    private static async Task PurgeCacheAsync(HttpContext context)
    {
        var error = Service<AdminToken>(context).Check(context.Request);
        CachePurge? purge = null;
        if (error is null)
        {
            (var body, error) = await ReadBodyAsync(context.Request);
            purge = error is null ? CachePurge.Read(body, Service<LiveConfiguration>(context).Current, out error) : null;
        }

        if (purge is null)
        {
            await context.WriteErrorAsync(error!);
            return;
        }

        var cache = Service<CacheOperator>(context);
        var purged = purge.Route is { } route ? cache.PurgeRoute(route, purge.Reason) : cache.PurgeTag(purge.Tag!, purge.Reason);
        await WriteAsync(context, new PurgeReport(purged), AdminJson.Legible.PurgeReport);
    }

    private static async Task<(ReadOnlyMemory<byte> Body, GatewayError? Error)> ReadBodyAsync(HttpRequest request)
    {
        if (!request.HasJsonContentType())
        {
            return (default, GatewayError.UnsupportedMediaType("The Content-Type of a change must be application/json."));
        }

        var body = new byte[BreakerChange.MostBytes + 1];
        int length;
        try
        {
            length = await request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, request.HttpContext.RequestAborted);
        }
        catch (IOException e)
        {
            return (default, GatewayError.UnreadableBody((e as BadHttpRequestException)?.StatusCode ?? StatusCodes.Status400BadRequest));
        }

        if (length == body.Length)
        {
            return (default, GatewayError.TooLarge(BreakerChange.MostBytes));
        }

        return (body.AsMemory(0, length), null);
    }

    private static string NameIn(HttpContext context) => (string)context.Request.RouteValues["name"]!;

    private static Guard? FindBreaker(HttpContext context) => Service<BreakerRegistry>(context).Find(NameIn(context));

    private static GatewayError NoBreaker(HttpContext context)
    {
        var name = NameIn(context);
        var known = Service<BreakerRegistry>(context).All.Select(b => b.Name).Order(StringComparer.OrdinalIgnoreCase);
        var problem = ProblemList.UnknownName(new SettingsPlace(SettingsOrigin.OfVariable(Prefix), ""), $"there is no circuit breaker '{name}'", name, known);
        return GatewayError.NoBreaker(problem.Text);
    }

    private static T Service<T>(HttpContext context)
        where T : notnull => context.RequestServices.GetRequiredService<T>();

    private static Task WriteAsync<T>(HttpContext context, T document, JsonTypeInfo<T> type)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(document, type);
        var response = context.Response;
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        return response.Body.WriteAsync(body, RequestRecord.Of(context).ClientGone).AsTask();
    }
}
