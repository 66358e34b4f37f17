using EventGateway.Aggregator;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Access;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Requests;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.OpenApi;

/// <summary>The errors that the gateway itself may answer with, by what the configuration asks of a route or an aggregation.</summary>
internal sealed class PossibleErrors(GatewayPlan plan)
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(8);

    // Those who wait for another's call are told no more than this of how it failed.
    private static readonly GatewayError[] OfOthersCalls = [GatewayError.BadGateway, GatewayError.GatewayTimeout];

    public IEnumerable<GatewayError> OfRoute(RouteConfig route, EndpointPolicies policies, string method)
    {
        foreach (var error in OfAll(policies))
        {
            yield return error;
        }

        var metadata = MetadataReader.Read<RouteMetadata>(route.Metadata);
        var body = metadata.RequestBody is { } name ? RequestBodyPolicy.Find(name) : null;
        if (body is not null)
        {
            yield return GatewayError.InvalidBody("name", "The request body has no member 'name'.");
            yield return GatewayError.UnsupportedMediaType("The body must be JSON in UTF-8: Content-Type: application/json.");
        }

        if (HasBody(method))
        {
            yield return GatewayError.UnreadableBody(StatusCodes.Status400BadRequest);
            yield return GatewayError.UnreadableBody(StatusCodes.Status408RequestTimeout);
            if ((body?.LimitFor(route) ?? route.MaxRequestBodySize) is { } limit and >= 0)
            {
                yield return GatewayError.TooLarge(limit);
            }
        }

        if (CircuitBreakerTransform.NameIn(route) is not null)
        {
            yield return GatewayError.CircuitOpen(new CircuitRejection(CircuitState.Open, Wait));
        }

        if (plan.CallLimits.ContainsKey(route.ClusterId!))
        {
            yield return GatewayError.Overloaded(TimeSpan.FromSeconds(1));
        }

        if (policies.OutputCache is not null && (HttpMethods.IsGet(method) || HttpMethods.IsHead(method)))
        {
            yield return GatewayError.UpstreamUnavailable.RetryAfter(Wait);
        }

        yield return GatewayError.BadGateway;
        yield return GatewayError.NoDestination;
        yield return GatewayError.GatewayTimeout;
    }

    public IEnumerable<GatewayError> OfAggregation(AggregationPlan aggregation, EndpointPolicies policies)
    {
        var step = aggregation.Steps[0].Id;
        return OfAll(policies).Concat(policies.OutputCache is null ? [] : OfOthersCalls).Concat(Enum.GetValues<AggregationError>()
            .Where(error => error != AggregationError.Cancelled && (error != AggregationError.BadPath || aggregation.Parameters.Count > 0))
            .Select(error => GatewayError.Of(error == AggregationError.BadPath
                ? new AggregationFailure(error, $"'{aggregation.Parameters[0]}' in the path is not acceptable as an id.", null, null, null)
                : new AggregationFailure(error, DetailOf(error, step), step, null, error == AggregationError.Unavailable ? Wait : null))));
    }

    private IEnumerable<GatewayError> OfAll(EndpointPolicies policies)
    {
        yield return GatewayError.BadPath;
        if (policies.Authorization is { } authorization)
        {
            yield return GatewayError.Unauthenticated("This needs a bearer token or an API key.", StringValues.Empty);
            if (authorization.Options is { Scopes.Count: > 0 } or { Claims.Count: > 0 })
            {
                yield return GatewayError.Forbidden(StringValues.Empty);
            }

            if (authorization.Tokens.Any(issuer => issuer.Source is not null))
            {
                yield return GatewayError.AuthenticationUnavailable(Wait);
            }
        }

        if (plan.Https.RedirectFromHttp)
        {
            yield return GatewayError.HttpsRequired;
        }

        if (plan.AllowedHosts.Count > 0)
        {
            yield return GatewayError.Misdirected;
        }

        if (policies.RateLimiter is not null)
        {
            yield return GatewayError.RateLimited(Wait);
        }

        if (plan.Options.Limits.MaxConcurrentRequests > 0)
        {
            yield return GatewayError.GatewayOverloaded(TimeSpan.FromSeconds(1));
        }

        yield return GatewayError.Internal;
    }

    public static bool HasBody(string method) => HttpMethods.IsPost(method) || HttpMethods.IsPut(method) || HttpMethods.IsPatch(method);

    private static string DetailOf(AggregationError error, string step) => $"Step '{step}': " + error switch
    {
        AggregationError.NotFound => "not found.",
        AggregationError.FanoutLimit => "the list has more entries than allowed.",
        AggregationError.BadItem => "an entry of the list is not acceptable as an id.",
        AggregationError.BadShape => "the answer has no list where one is expected.",
        AggregationError.BadStatus => "the upstream answered with status 500.",
        AggregationError.Connect => "the upstream could not be reached.",
        AggregationError.Transport => "the connection broke before an answer came.",
        AggregationError.BadResponse => "the answer is not valid HTTP.",
        AggregationError.BadFraming => "the answer contradicts itself about its length.",
        AggregationError.Body => "the answer was cut short.",
        AggregationError.TooLarge => "the answer exceeds the limit of bytes.",
        AggregationError.BadEncoding => "the answer's charset or content coding is not supported, or it can't be decoded.",
        AggregationError.BadJson => "the answer is not one JSON value in UTF-8.",
        AggregationError.TooDeep => "the answer is nested too deep.",
        AggregationError.Unavailable => "the upstream is not available at present.",
        _ => "no complete answer in time.",
    };
}
