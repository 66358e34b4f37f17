using System.Security.Cryptography;
using System.Text;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Caching;

/// <summary>A policy of <c>OutputCachePolicies</c> as one route or aggregation uses it.</summary>
/// <param name="Name">The policy's name.</param>
/// <param name="Options">What it says.</param>
/// <param name="Scope">Of whose answers these are, and by which rules they came about: after an edit of either, none of the old ones fits.</param>
/// <param name="Headers">Request headers that make another answer.</param>
internal sealed record OutputCachePlan(string Name, OutputCachePolicyOptions Options, string Scope, IReadOnlyList<string> Headers)
{
    private const string Any = "*";

    /// <summary>Parameters that make another answer; null: the whole query does.</summary>
    public IReadOnlyList<string>? Query { get; } = Options.VaryByQuery is null or [Any] ? null : Options.VaryByQuery;

    public TimeSpan Duration { get; } = Options.Duration!.Value;

    /// <param name="name">The policy's name.</param>
    /// <param name="options">What it says.</param>
    /// <param name="policy">Where it says it.</param>
    /// <param name="owner">The route or aggregation.</param>
    /// <param name="credential">The header of API keys; another one makes other requests those with credentials.</param>
    /// <param name="passed">Request headers that the upstream is shown, and whose <c>Vary</c> nobody sees.</param>
    public static OutputCachePlan Of(string name, OutputCachePolicyOptions options, SettingsNode policy, SettingsNode owner, string? credential, IEnumerable<string> passed)
    {
        var text = new StringBuilder();
        Append(text, policy);
        Append(text, owner);
        text.Append(credential);
        var rules = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 16));
        return new(name, options, $"{owner.Path}\n{rules}", [.. options.VaryByHeader.Concat(passed).Distinct(StringComparer.OrdinalIgnoreCase)]);
    }

    private static void Append(StringBuilder text, SettingsNode node)
    {
        text.Append(node.Path).Append('\n').Append(node.Value).Append('\n');
        foreach (var (_, child) in node.Children)
        {
            Append(text, child);
        }
    }
}
