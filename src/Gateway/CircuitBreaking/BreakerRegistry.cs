using System.Collections.Concurrent;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Configuration;

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

    /// <summary>Null where there is none of that name any more.</summary>
    public Guard? Find(string name) => _breakers.GetValueOrDefault(name);

    /// <summary>Called with every transition of every breaker, outside the breaker's lock.</summary>
    public event Action<CircuitBreaker, CircuitTransition>? Transitioned;

    /// <summary>Adds what is new, updates what has changed, leaves the rest untouched. One caller at a time.</summary>
    internal void Apply(GatewayPlan plan)
    {
        foreach (var (name, breaker) in plan.Breakers)
        {
            if (_breakers.TryGetValue(name, out var living))
            {
                living.Update(breaker);
            }
            else
            {
                _breakers[name] = new Guard(Create(name, breaker.Settings), breaker.FailureStatuses);
            }
        }
    }

    /// <summary>Forgets the breakers that no route can name any more. Calls in flight through them end as they would.</summary>
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
        public static void Write(ILogger logger, string breaker, CircuitTransition t)
        {
            if (t.To == CircuitState.Open)
            {
                Opened(logger, breaker, t.From, t.Reason, t.Wait!.Value);
            }
            else
            {
                Changed(logger, breaker, t.From, t.To, t.Reason);
            }
        }

        [LoggerMessage(EventId = 301, EventName = "CircuitOpened", Level = LogLevel.Warning,
            Message = "Circuit {Breaker} went from {From} to Open ({Reason}). Next probe in {Wait}.")]
        private static partial void Opened(ILogger logger, string breaker, CircuitState from, TransitionReason reason, TimeSpan wait);

        [LoggerMessage(EventId = 302, EventName = "CircuitChanged", Level = LogLevel.Warning,
            Message = "Circuit {Breaker} went from {From} to {To} ({Reason}).")]
        private static partial void Changed(ILogger logger, string breaker, CircuitState from, CircuitState to, TransitionReason reason);
    }
}
