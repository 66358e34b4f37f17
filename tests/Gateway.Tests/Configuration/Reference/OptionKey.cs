using System.Collections;
using System.Reflection;
using EventGateway.Aggregator;
using EventGateway.Gateway.Aggregation;
using EventGateway.Gateway.Authentication;
using EventGateway.Gateway.Authorization;
using EventGateway.Gateway.Caching;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Cors;
using EventGateway.Gateway.Https;
using EventGateway.Gateway.Limits;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.RateLimiting;
using EventGateway.Gateway.Retries;
using EventGateway.Gateway.Versions;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.Tests.Configuration.Reference;

/// <summary>A key that the reader takes, by the reader's own rules.</summary>
/// <param name="Path">From the table's object on: <c>Match.Headers[].Name</c>, <c>Destinations.*.Address</c>.</param>
/// <param name="Property">The property that it fills.</param>
/// <param name="Default">What the property has where the key isn't written; null for nothing, and for what is empty.</param>
internal sealed record OptionKey(string Path, PropertyInfo Property, object? Default)
{
    /// <summary>The types with a table of their own, which ends the one that refers to it.</summary>
    public static IReadOnlyDictionary<Type, string> Tables { get; } = new Dictionary<Type, string>
    {
        [typeof(GatewayOptions)] = "Top level",
        [typeof(HttpsOptions)] = "Https",
        [typeof(RouteConfig)] = "Routes",
        [typeof(ClusterConfig)] = "Clusters",
        [typeof(BreakerOptions)] = "CircuitBreakers",
        [typeof(PublishedAggregationOptions)] = "Aggregations",
        [typeof(CorsPolicyOptions)] = "CorsPolicies",
        [typeof(AuthenticationOptions)] = "Authentication",
        [typeof(JwtBearerOptions)] = "JwtBearer",
        [typeof(AuthorizationPolicyOptions)] = "AuthorizationPolicies",
        [typeof(RateLimiterPolicyOptions)] = "RateLimiterPolicies",
        [typeof(RetryPolicyOptions)] = "RetryPolicies",
        [typeof(VersionOptions)] = "Versions",
        [typeof(OutputCachePolicyOptions)] = "OutputCachePolicies",
        [typeof(LimitsOptions)] = "Limits",
        [typeof(StepOptions)] = "Steps",
        [typeof(RouteMetadata)] = ConfigurationReference.RouteMetadata,
        [typeof(ClusterMetadata)] = ConfigurationReference.ClusterMetadata,
    };

    /// <summary>The keys of an object of this type.</summary>
    public static IEnumerable<OptionKey> Of(Type type, string prefix = "")
    {
        var defaults = Activator.CreateInstance(type);
        return OptionsReader.PropertiesOf(type)
            .Where(property => type != typeof(RouteConfig) || !ProxyCompiler.Unserved.Contains(property.Name))
            .Select(property => new OptionKey(prefix + property.Name, property, NullIfEmpty(property.GetValue(defaults))));
    }

    /// <summary>The keys of the type's table.</summary>
    public static IEnumerable<OptionKey> OfTable(Type type, string prefix = "")
    {
        foreach (var key in Of(type, prefix))
        {
            yield return key;
            var (item, suffix) = ItemOf(key.Property.PropertyType);
            if (IsObject(item) && !Tables.ContainsKey(item))
            {
                foreach (var inner in OfTable(item, $"{key.Path}{suffix}."))
                {
                    yield return inner;
                }
            }
        }
    }

    /// <summary>The type of a list's items or of an object's named values, and how a path speaks of them.</summary>
    public static (Type Type, string Suffix) ItemOf(Type type) =>
        OptionsReader.ElementOf(type, typeof(IReadOnlyDictionary<,>)) is { } value ? (value, ".*")
        : type != typeof(string) && OptionsReader.ElementOf(type, typeof(IEnumerable<>)) is { } item ? (item, "[]")
        : (Nullable.GetUnderlyingType(type) ?? type, "");

    /// <summary>Whether the value is an object with keys of ours, not of the author's.</summary>
    public static bool IsObject(Type type) => ItemOf(type).Suffix.Length == 0 && !OptionsReader.IsScalar(type) && !OptionsReader.IsTextOrMembers(type);

    private static object? NullIfEmpty(object? value) => value is ValueType or string { Length: > 0 } or ICollection { Count: > 0 } ? value : null;
}
