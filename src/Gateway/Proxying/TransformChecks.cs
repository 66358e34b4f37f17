using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.Proxying;

/// <summary>
/// Mistakes in transforms that YARP would pass over: parameters that the path doesn't have come out empty, and calls go elsewhere; names and values
/// that no header can have make each call fail.
/// </summary>
internal static class TransformChecks
{
    private const string PathPatternKey = "PathPattern";
    private const string MethodKey = "HttpMethodChange";

    // What YARP matches where a route names no path.
    private const string AnyPath = "/{**catchall}";

    private static readonly string[] OfRouteValues = ["QueryRouteParameter", "RequestHeaderRouteValue"];
    private static readonly string[] Operations = ["Set", "Append"];

    private static readonly string[] Paths = ["PathSet", "PathPrefix", "PathRemovePrefix"];
    private static readonly string[] WrittenHeaders = ["RequestHeader", "RequestHeaderRouteValue", "ResponseHeader", "ResponseTrailer", "ClientCert"];
    private static readonly string[] HeadersWithValue = ["RequestHeader", "ResponseHeader", "ResponseTrailer"];   // the text of Set or Append
    private static readonly string[] OtherNames = ["RequestHeaderRemove", "ResponseHeaderRemove", "ResponseTrailerRemove", "HeaderPrefix"];
    private static readonly string[] ListsOfNames = ["RequestHeadersAllowed", "ResponseHeadersAllowed", "ResponseTrailersAllowed"];

    // Where the message ends, and the connection with it, is for the servers to say.
    private static readonly string[] OfTheMessage = [HeaderNames.ContentLength, HeaderNames.TransferEncoding, HeaderNames.Connection];

    /// <summary>The words by which a transform is known. A test holds them against YARP's.</summary>
    public static IReadOnlyList<string> Kinds { get; } =
    [
        CircuitBreakerTransform.Key,
        "PathSet", "PathPrefix", "PathRemovePrefix", PathPatternKey,
        "QueryValueParameter", "QueryRouteParameter", "QueryRemoveParameter", MethodKey,
        "RequestHeadersCopy", "RequestHeaderOriginalHost", "RequestHeader", "RequestHeaderRouteValue", "RequestHeaderRemove", "RequestHeadersAllowed",
        "X-Forwarded", "Forwarded", "ClientCert",
        "ResponseHeadersCopy", "ResponseHeader", "ResponseHeaderRemove", "ResponseHeadersAllowed",
        "ResponseTrailersCopy", "ResponseTrailer", "ResponseTrailerRemove", "ResponseTrailersAllowed",
    ];

    /// <summary>False, and a problem, where the transform is of no kind that there is.</summary>
    public static bool IsKnown(SettingsNode transform, ProblemList problems)
    {
        if (transform.Children is [] || transform.Children.Any(member => Kinds.Contains(member.Key, StringComparer.OrdinalIgnoreCase)))
        {
            return true;   // one without any member is YARP's to judge
        }

        problems.Unknown(transform.Children[0].Value, "transform", transform.Children[0].Key, Kinds);
        return false;
    }

    public static void CheckParameters(RouteConfig route, SettingsNode node, ProblemList problems)
    {
        if (Parse(route.Match?.Path ?? AnyPath) is not { } path)
        {
            return;   // told where paths are compared
        }

        var known = path.Parameters.Select(parameter => parameter.Name).ToList();
        foreach (var transform in SettingsNode.ObjectsIn(node["Transforms"]))
        {
            foreach (var (name, at) in ParametersOf(transform, problems).Where(used => !known.Contains(used.Name, StringComparer.OrdinalIgnoreCase)))
            {
                problems.Add(new ConfigurationProblem(at.Place, $"the route's path has no parameter '{name}'")
                {
                    Allowed = known.Count == 0 ? null : $"it has {string.Join(", ", known)}",
                    Suggestion = Spelling.Nearest(name, known),
                });
            }
        }
    }

    public static void CheckValues(SettingsNode route, ProblemList problems)
    {
        foreach (var transform in SettingsNode.ObjectsIn(route["Transforms"]))
        {
            Array.ForEach(Paths, key => ValueRules.CheckPath(transform[key], problems));
            Array.ForEach(OtherNames, key => ValueRules.CheckName(transform[key], problems));
            Array.ForEach(ListsOfNames, key => ValueRules.CheckNames(transform[key], problems));
            Array.ForEach(WrittenHeaders, key => CheckWritten(transform[key], problems));
            if (transform[MethodKey] is not null)
            {
                CheckMethod(transform["Set"], problems);
            }

            if (Array.Find(HeadersWithValue, key => transform[key] is not null) is { } header)
            {
                Array.ForEach(Operations, key => ValueRules.CheckHeaderValue(transform[key], problems));
                CheckHostHeader(transform, transform[header]!.Value, problems);
            }
        }
    }

    /// <summary>The method with which a request that came with another goes out, and the transform that makes it so; null where it stays as it is.</summary>
    public static (string Method, SettingsNode At)? ChangeOf(string method, SettingsNode route)
    {
        (string Method, SettingsNode At)? change = null;
        foreach (var transform in SettingsNode.ObjectsIn(route["Transforms"]))
        {
            if (transform[MethodKey] is { Value: { } from } at && transform["Set"]?.Value is { Length: > 0 } to
                && from.Equals(change?.Method ?? method, StringComparison.OrdinalIgnoreCase))
            {
                change = (to.ToUpperInvariant(), at);
            }
        }

        return change;
    }

    private static void CheckWritten(SettingsNode? header, ProblemList problems)
    {
        if (ValueRules.CheckName(header, problems) && OfTheMessage.Contains(header?.Value, StringComparer.OrdinalIgnoreCase))
        {
            problems.Error(header!, $"'{header!.Value}' belongs to the message itself and can't be set.");
        }
    }

    private static void CheckMethod(SettingsNode? method, ProblemList problems)
    {
        if (method?.Value is { } name && (HttpMethods.IsTrace(name) || HttpMethods.IsConnect(name)))
        {
            problems.Error(method, $"{name} never goes to an upstream.");
        }
    }

    private static void CheckHostHeader(SettingsNode transform, string? header, ProblemList problems)
    {
        if (string.Equals(header, HeaderNames.Host, StringComparison.OrdinalIgnoreCase))
        {
            ValueRules.CheckHost(transform["Set"], problems);
            if (transform["Append"] is { } append)
            {
                problems.Error(append, "there can be no second Host; Set replaces it.");
            }
        }
    }

    private static IEnumerable<(string Name, SettingsNode At)> ParametersOf(SettingsNode transform, ProblemList problems)
    {
        if (transform[PathPatternKey] is { Value: { } text } at)
        {
            if (Parse(text) is { } pattern)
            {
                return pattern.Parameters.Select(parameter => (parameter.Name, at));
            }

            problems.Error(at, $"'{text}' is no valid path pattern.");
        }

        return Array.Exists(OfRouteValues, key => transform[key] is not null)
            ? Operations.Select(key => transform[key]).OfType<SettingsNode>().Where(value => value.Value is not null).Select(value => (value.Value!, value))
            : [];
    }

    private static RoutePattern? Parse(string pattern)
    {
        try
        {
            return RoutePatternFactory.Parse(pattern);
        }
        catch (RoutePatternException)
        {
            return null;
        }
    }
}
