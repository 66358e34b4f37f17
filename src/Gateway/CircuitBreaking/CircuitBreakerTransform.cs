using EventGateway.Gateway.Requests;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace EventGateway.Gateway.CircuitBreaking;

/// <summary>
/// <c>{ "CircuitBreaker": "name" }</c> among a route's transforms declares the breaker that guards it. The transform only notes
/// what nobody else sees; <see cref="CircuitBreakerMiddleware"/> is the gate, because a transform runs too late to refuse a
/// call and too early to see its body end. It holds no state: YARP builds it anew at each edit.
/// </summary>
internal sealed class CircuitBreakerTransform : ITransformFactory
{
    public const string Key = "CircuitBreaker";

    /// <summary>The breaker that guards the route, if one does.</summary>
    public static string? NameIn(RouteConfig route)
    {
        foreach (var transform in route.Transforms ?? [])
        {
            if (transform.TryGetValue(Key, out var name))
            {
                return name;
            }
        }

        return null;
    }

    public bool Validate(TransformRouteValidationContext context, IReadOnlyDictionary<string, string> transformValues)
    {
        if (!transformValues.TryGetValue(Key, out var name))
        {
            return false;
        }

        if (string.IsNullOrWhiteSpace(name) || transformValues.Count != 1)
        {
            context.Errors.Add(new ArgumentException($"A {Key} transform takes the name of a breaker and nothing else."));
        }

        return true;
    }

    public bool Build(TransformBuilderContext context, IReadOnlyDictionary<string, string> transformValues)
    {
        if (!transformValues.ContainsKey(Key))
        {
            return false;
        }

        context.AddResponseTransform(response =>
        {
            if (response.ProxyResponse is { } answer && RequestRecord.Of(response.HttpContext).Guarded is { } guarded)
            {
                guarded.HeadersArrived(answer);
            }

            return ValueTask.CompletedTask;
        });
        return true;
    }
}
