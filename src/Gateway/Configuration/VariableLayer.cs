namespace EventGateway.Gateway.Configuration;

/// <summary>Variables that lie over the file together, and where each was written.</summary>
internal sealed record VariableLayer(IReadOnlyDictionary<string, string> Values, Func<string, SettingsOrigin> OriginOf)
{
    /// <summary>Variables that were written in no file.</summary>
    public static VariableLayer Of(IReadOnlyDictionary<string, string> values) => new(values, SettingsOrigin.OfVariable);
}
