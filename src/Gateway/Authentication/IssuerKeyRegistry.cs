using System.Collections.Concurrent;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Https;

namespace EventGateway.Gateway.Authentication;

/// <summary>
/// The keys of all issuers, by where they come from. They outlast edits: what else changes in an issuer's entry costs no fetch, and an edit
/// made while the issuer is away takes nobody's keys from him.
/// </summary>
internal sealed class IssuerKeyRegistry(TimeProvider time, ILogger<IssuerKeys> logger) : IHostedService, IDisposable
{
    private const int LongestDocument = 1024 * 1024;

    private readonly ConcurrentDictionary<KeySource, IssuerKeys> _issuers = new();

    // No redirects: where keys come from is what the configuration says, and nobody else. Addresses may change meanwhile.
    private readonly HttpClient _client = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            SslOptions = { CertificateChainPolicy = CertificateChains.AsSent() },
        })
    {
        MaxResponseContentBufferSize = LongestDocument,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private volatile bool _started;

    public IEnumerable<(string Issuer, IssuerKeys Keys)> All => _issuers.Select(entry => (entry.Key.Issuer, entry.Value));

    /// <summary>The keys of an issuer that fetches or reads them. A request that began before an edit may ask for some that are forgotten.</summary>
    public IssuerKeys Find(JwtBearerPlan plan) => _issuers.GetValueOrDefault(plan.Source!) ?? Create(plan);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _started = true;
        foreach (var issuer in _issuers.Values)
        {
            issuer.Start();
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // The container does it twice, for the service and for the hosted service.
    public void Dispose()
    {
        foreach (var source in _issuers.Keys)
        {
            Forget(source);
        }

        _client.Dispose();
    }

    /// <summary>Adds what is new, leaves what is there, forgets what is gone. One caller at a time.</summary>
    internal void Apply(GatewayPlan plan)
    {
        var wanted = plan.Authentication.Tokens.Values.Where(scheme => scheme.Source is not null).DistinctBy(scheme => scheme.Source).ToList();
        foreach (var scheme in wanted)
        {
            var issuer = _issuers.GetOrAdd(scheme.Source!, _ => Create(scheme));
            if (_started)
            {
                issuer.Start();
            }
        }

        foreach (var source in _issuers.Keys.Except(wanted.Select(scheme => scheme.Source!)))
        {
            Forget(source);
        }
    }

    private void Forget(KeySource source)
    {
        if (_issuers.TryRemove(source, out var gone))
        {
            gone.Dispose();
        }
    }

    private IssuerKeys Create(JwtBearerPlan plan)
    {
        var source = plan.Source!;
        return new IssuerKeys(source, plan.Keys, source.IsFile ? new KeysInFile(source, time) : new DiscoveredKeys(source, _client, time), time, logger);
    }
}
