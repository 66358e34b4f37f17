using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Admin;

/// <summary>The configuration that serves, and the one that was refused.</summary>
internal sealed record ConfigurationReport(string File, string Hash, IReadOnlyList<SettingReport> Settings, RejectedConfiguration? Rejected)
{
    public static ConfigurationReport Of(ConfigurationSource source, LiveConfiguration live)
    {
        var plan = live.Current;
        var settings = ValuesIn(plan.Root, []).Where(setting => setting.Path != plan.Root.PathOf(OptionsReader.SchemaKey));
        return new(source.FileName, plan.Hash, [.. settings], live.Rejected);
    }

    private static IEnumerable<SettingReport> ValuesIn(SettingsNode node, IReadOnlyList<SettingsNode> above)
    {
        if (node is { Kind: not SettingsKind.Scalar, Children.Count: > 0 })
        {
            return node.Children.SelectMany(child => ValuesIn(child.Value, [.. above, node]));
        }

        var value = node.Kind switch
        {
            SettingsKind.Object => "{}",
            SettingsKind.List => "[]",
            _ => SecretSettings.Has(node, above) ? SecretSettings.Redacted : node.Value,
        };
        return [new SettingReport(node.Path, value, node.Origin.ToString())];
    }
}

/// <summary>A value that was written, and where. What isn't written has its default.</summary>
internal sealed record SettingReport(string Path, string? Value, string Origin);
