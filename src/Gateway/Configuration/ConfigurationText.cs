namespace EventGateway.Gateway.Configuration;

/// <summary>What was read at one time: the file, and <c>.env</c>, which need not be there.</summary>
internal sealed record ConfigurationText(byte[] File, byte[]? DotEnv)
{
    /// <summary>Tells this file from others across a fleet.</summary>
    public string Hash { get; } = ConfigurationSource.HashOf(File);

    /// <summary>Tells both texts from what they were before: another <c>.env</c> makes another configuration of the same file.</summary>
    public string Fingerprint => $"{Hash}-{ConfigurationSource.HashOf(DotEnv)}";
}
