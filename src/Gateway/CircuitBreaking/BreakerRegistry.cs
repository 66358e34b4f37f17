using System.Collections.Concurrent;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Telemetry;

namespace EventGateway.Gateway.CircuitBreaking;

/// <summary>
/// The living breakers, by name. They outlast every edit of the configuration: routes and transforms are built anew, while
/// what a breaker has learned stays true.
/// </summary>
internal sealed partial class BreakerRegistry(TimeProvider time, ILogger<BreakerRegistry> logger)
{
    private readonly ConcurrentDictionary<string, Guard> _breakers = new(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<CircuitBreaker> All => _breakers.Values.Select(b => b.Breaker);

    public Guard this[string name] => _breakers[name];

    /// <summary>Null where there is no such breaker (any more).</summary>
    public Guard? Find(string name) => _breakers.GetValueOrDefault(name);

    /// <summary>Called with every transition of every breaker, outside the breaker's lock.</summary>
    public event Action<CircuitBreaker, CircuitTransition>? Transitioned;

    /// <summary>Makes the breakers that are new, and leaves the others untouched: a plan that is refused must not have changed them.</summary>
    internal void Add(GatewayPlan plan)
    {
        foreach (var (name, breaker) in plan.Breakers)
        {
            _breakers.GetOrAdd(name, _ => new Guard(Create(name, breaker.Settings), breaker.FailureStatuses));
        }
    }

    /// <summary>Gives the plan's settings to the breakers, which keep what they have learned, and forgets those that it doesn't name.</summary>
    internal void Settle(GatewayPlan plan)
    {
        foreach (var (name, breaker) in plan.Breakers)
        {
            _breakers[name].Update(breaker);
        }

        Prune(plan);
    }

    /// <summary>Forgets the breakers that the plan doesn't name. Calls in flight through them end as they would.</summary>
    internal void Prune(GatewayPlan plan)
    {
        foreach (var name in _breakers.Keys.Where(name => !plan.Breakers.ContainsKey(name)))
        {
            _breakers.TryRemove(name, out _);
        }
    }

    private CircuitBreaker Create(string name, CircuitBreakerOptions settings)
    {
#pragma warning disable CA5394 // jitter keeps replicas from probing in step; nobody gains by guessing it
        var breaker = new CircuitBreaker(name, settings, time, new Random().NextDouble);
#pragma warning restore CA5394
        breaker.Transitioned += transition =>
        {
            Log.Write(logger, name, transition);
            Transitioned?.Invoke(breaker, transition);
        };
        return breaker;
    }

    private static partial class Log
    {
        // In the words of the metrics: who reads both must not have to translate.
        public static void Write(ILogger logger, string breaker, CircuitTransition t)
        {
            if (t.IsSimulated)
            {
                WouldHaveChanged(logger, breaker, t.From.ToLabel(), t.To.ToLabel(), t.Reason.ToLabel());
            }
            else if (t.To == CircuitState.Open)
            {
                Opened(logger, breaker, t.From.ToLabel(), t.Reason.ToLabel(), t.Wait!.Value);
            }
            else
            {
                Changed(logger, breaker, t.From.ToLabel(), t.To.ToLabel(), t.Reason.ToLabel());
            }
        }

        [LoggerMessage(EventId = 301, EventName = "CircuitOpened", Level = LogLevel.Warning,
            Message = "Circuit {Breaker} went from {From} to open ({Reason}). Next probe in {Wait}.")]
        private static partial void Opened(ILogger logger, string breaker, string from, string reason, TimeSpan wait);

        [LoggerMessage(EventId = 302, EventName = "CircuitChanged", Level = LogLevel.Warning,
            Message = "Circuit {Breaker} went from {From} to {To} ({Reason}).")]
        private static partial void Changed(ILogger logger, string breaker, string from, string to, string reason);

        [LoggerMessage(EventId = 303, EventName = "CircuitWouldHaveChanged", Level = LogLevel.Warning,
            Message = "Circuit {Breaker} would have gone from {From} to {To} ({Reason}); its mode is MetricsOnly, and calls pass.")]
        private static partial void WouldHaveChanged(ILogger logger, string breaker, string from, string to, string reason);
    }
}
