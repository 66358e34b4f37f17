using System.Globalization;
using EventGateway.Gateway.Configuration;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.Proxying;

/// <summary>Hands plans to YARP, which applies them in the background, and waits until it has.</summary>
internal sealed class ProxyRoutes(InMemoryConfigProvider provider) : IConfigChangeListener
{
    // Requests wait meanwhile: if YARP never answers, they must not wait for ever.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private int _revision;
    private volatile Pending? _pending;

    /// <summary>Throws what YARP says when it refuses; it may then have taken up a part.</summary>
    public Task ApplyAsync(GatewayPlan plan)
    {
        var revision = (++_revision).ToString(CultureInfo.InvariantCulture);
        var pending = new Pending(revision, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _pending = pending;
        provider.Update(plan.Routes, PinnedDestinations.Pin(plan.Clusters), revision);
        return pending.Done.Task.WaitAsync(Patience);
    }

    public void ConfigurationApplied(IReadOnlyList<IProxyConfig> proxyConfigs) => Find(proxyConfigs)?.TrySetResult();

    public void ConfigurationApplyingFailed(IReadOnlyList<IProxyConfig> proxyConfigs, Exception exception) =>
        Find(proxyConfigs)?.TrySetException(exception);

    public void ConfigurationLoaded(IReadOnlyList<IProxyConfig> proxyConfigs)
    {
    }

    public void ConfigurationLoadingFailed(IProxyConfigProvider configProvider, Exception exception) => _pending?.Done.TrySetException(exception);

    private TaskCompletionSource? Find(IReadOnlyList<IProxyConfig> configs) =>
        _pending is { } pending && configs.Any(c => c.RevisionId == pending.Revision) ? pending.Done : null;

    private sealed record Pending(string Revision, TaskCompletionSource Done);
}
