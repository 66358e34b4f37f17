using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Authentication;

/// <summary>The place of a JSON Web Key Set.</summary>
internal interface IKeyDocument
{
    /// <summary>How often it is looked at.</summary>
    TimeSpan Interval { get; }

    /// <summary>Its text; null where nothing can be said at present, and what was known holds.</summary>
    Task<string?> ReadAsync(CancellationToken stopping);
}

/// <summary>The set that an issuer's discovery document names (OpenID Connect Discovery 1.0 §4).</summary>
internal sealed class DiscoveredKeys(KeySource source, HttpClient client, TimeProvider time) : IKeyDocument
{
    // The whole of it, both documents; requests may be waiting.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public TimeSpan Interval { get; } = TimeSpan.FromMinutes(10);

    public async Task<string?> ReadAsync(CancellationToken stopping)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, patience.Token);
        try
        {
            var metadata = JsonNode.Parse(await GetAsync(new Uri(source.Address), either.Token)) as JsonObject;
            if (metadata is null || (string?)metadata["issuer"] is not { } issuer)
            {
                throw new FormatException("What is there is no discovery document.");
            }

            if (issuer != source.Issuer)
            {
                throw new FormatException($"The document there is about issuer '{issuer}'.");
            }

            return Uri.TryCreate((string?)metadata["jwks_uri"], UriKind.Absolute, out var keys)
                ? await GetAsync(keys, either.Token)
                : throw new FormatException("The document there has no jwks_uri.");
        }
        catch (OperationCanceledException e) when (patience.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            throw new TimeoutException($"No answer came within {Patience.TotalSeconds} seconds.", e);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException("What is there is no discovery document.", e);
        }
    }

    private async Task<string> GetAsync(Uri address, CancellationToken cancellationToken) => KeySource.IsSafe(address, source.RequiresHttps)
        ? await client.GetStringAsync(address, cancellationToken)
        : throw new FormatException($"The keys would come from {address}, and that is no https.");
}

/// <summary>A set in a file.</summary>
internal sealed class KeysInFile(KeySource source, TimeProvider time) : IKeyDocument
{
    private readonly WatchedFile _file = new(source.Address, File.ReadAllBytes, time);

    public TimeSpan Interval { get; } = TimeSpan.FromSeconds(1);

    public async Task<string?> ReadAsync(CancellationToken stopping) => await _file.LookAsync(stopping) switch
    {
        { Bytes: { } bytes } => Encoding.UTF8.GetString(bytes),
        { Fault: { } fault } => throw new IOException(fault),
        _ => null,
    };
}
