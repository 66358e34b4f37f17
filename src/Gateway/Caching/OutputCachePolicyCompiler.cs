using System.Collections.Frozen;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Proxying;
using Microsoft.Net.Http.Headers;

namespace EventGateway.Gateway.Caching;

/// <summary>Finds what can't be meant in <c>OutputCachePolicies</c>.</summary>
internal static class OutputCachePolicyCompiler
{
    public static FrozenDictionary<string, OutputCachePolicyOptions> CompileAll(GatewayOptions options, SettingsNode root, ProblemList problems)
    {
        foreach (var (name, policy) in options.OutputCachePolicies)
        {
            Check(policy, root.Find(nameof(GatewayOptions.OutputCachePolicies), name)!, options.Limits.MaxOutputCacheSize, problems);
        }

        return options.OutputCachePolicies.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    private static void Check(OutputCachePolicyOptions options, SettingsNode node, long room, ProblemList problems)
    {
        if (options.VaryByQuery is { Count: > 1 } query && query.Contains("*"))
        {
            problems.Error(node[nameof(options.VaryByQuery)]!, "'*' is the whole query already; it stands alone.");
        }

        foreach (var (_, header) in node[nameof(options.VaryByHeader)]?.Children ?? [])
        {
            ValueRules.CheckName(header, problems, "header name");
            if (IsCredential(header.Value))
            {
                problems.Error(header, $"what differs by {header.Value} belongs to one caller: \"{nameof(options.VaryByCaller)}\": true says so.");
            }
        }

        foreach (var (_, tag) in node[nameof(options.Tags)]?.Children ?? [])
        {
            if (string.IsNullOrWhiteSpace(tag.Value))
            {
                problems.Error(tag, "a tag needs a name.");
            }
        }

        if (options.MaxBodySize > room)
        {
            problems.Error(
                node.PlaceOf(nameof(options.MaxBodySize)), $"the largest body, {options.MaxBodySize}, has no room in the cache: Limits.MaxOutputCacheSize is {room}.");
        }
    }

    private static bool IsCredential(string? header) =>
        HeaderNames.Authorization.Equals(header, StringComparison.OrdinalIgnoreCase) || HeaderNames.Cookie.Equals(header, StringComparison.OrdinalIgnoreCase);
}
