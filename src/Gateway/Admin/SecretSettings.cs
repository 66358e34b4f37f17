using System.Text.RegularExpressions;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Admin;

/// <summary>
/// Which settings nobody is shown: symmetric keys, hashes of API keys, the password of a certificate, and what stands where operators put secrets as
/// well: in headers and parameters that transforms set, and in values that routes compare them with.
/// </summary>
internal static partial class SecretSettings
{
    public const string Redacted = "(redacted)";

    private static readonly string[] TransformValues = ["Set", "Append"];
    private static readonly string[] Conditions = ["Headers", "QueryParameters"];

    // Names of ours that sound like secrets and hold none.
    private static readonly string[] Harmless = ["AuthorizationPolicy", "AuthorizationPolicies", "ApiKeys"];

    /// <param name="value">The value.</param>
    /// <param name="above">The nodes that it lies in, outermost first.</param>
    public static bool Has(SettingsNode value, IReadOnlyList<SettingsNode> above) =>
        above.Append(value).Select(LastKeyOf).Any(key => SecretName().IsMatch(key) && !Harmless.Contains(key, StringComparer.OrdinalIgnoreCase))
        || UriText.HasCredentials(value.Value ?? "")
        || (IsBelow(above, "Transforms") && TransformValues.Contains(LastKeyOf(value), StringComparer.OrdinalIgnoreCase))
        || (Conditions.Any(key => IsBelow(above, key)) && LastKeyOf(above[^1]).Equals("Values", StringComparison.OrdinalIgnoreCase));

    private static bool IsBelow(IReadOnlyList<SettingsNode> above, string key) =>
        above.Any(node => LastKeyOf(node).Equals(key, StringComparison.OrdinalIgnoreCase));

    private static string LastKeyOf(SettingsNode node) => node.Path.Split('.', '[', ']', '\'').LastOrDefault(part => part.Length > 0) ?? "";

    [GeneratedRegex("secret|password|passwd|token(?!sPerPeriod)|credential|authorization|api-?key|symmetric-?key|^hashes$|cookie", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();
}
