using EventGateway.CircuitBreaking;
using EventGateway.Gateway.CircuitBreaking;

namespace EventGateway.Gateway.Status;

/// <summary>The states of each breaker during the last hour, noted at its transitions. A breaker that never changed costs nothing.</summary>
internal sealed class BreakerTimelines
{
    private const int MostPoints = 400;   // of a breaker; one that flaps shows a shorter time

    private static readonly TimeSpan Length = TimeSpan.FromHours(1);

    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Dictionary<CircuitBreaker, List<TimelinePoint>> _points = [];   // guarded by _gate
    private long _version;   // by Interlocked

    public BreakerTimelines(BreakerRegistry breakers, TimeProvider time)
    {
        _time = time;
        breakers.Transitioned += (breaker, transition) =>
        {
            if (!transition.IsSimulated)
            {
                Note(breaker, transition);
            }

            Interlocked.Increment(ref _version);
        };
    }

    /// <summary>Another one after each transition.</summary>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>The states and when each began, oldest first. The last one lasts.</summary>
    public IReadOnlyList<TimelinePoint> Of(CircuitBreaker breaker)
    {
        var status = breaker.GetStatus();
        lock (_gate)
        {
            List<TimelinePoint> points = _points.TryGetValue(breaker, out var noted) ? [.. Recent(noted)] : [];
            if (points.Count == 0 || points[^1].State != status.State)
            {
                points.Add(new TimelinePoint(status.Since, status.State));   // as far as the clock has gone on without a transition
            }

            return points;
        }
    }

    /// <summary>Forgets the breakers that are gone.</summary>
    public void Keep(IEnumerable<CircuitBreaker> breakers)
    {
        var kept = breakers.ToHashSet();
        lock (_gate)
        {
            foreach (var gone in _points.Keys.Where(breaker => !kept.Contains(breaker)).ToList())
            {
                _points.Remove(gone);
            }
        }
    }

    private void Note(CircuitBreaker breaker, CircuitTransition transition)
    {
        lock (_gate)
        {
            if (!_points.TryGetValue(breaker, out var points))
            {
                _points[breaker] = points = [new TimelinePoint(transition.At - transition.TimeInPreviousState, transition.From)];
            }

            // Open ends with its wait, and the transition comes with the first probe.
            var began = transition is { From: CircuitState.Open, To: CircuitState.HalfOpen } ? points[^1].At + transition.TimeInPreviousState : transition.At;
            points.Add(new TimelinePoint(began, transition.To));
            points.RemoveRange(0, points.Count - Recent(points).Count());
        }
    }

    // A point is of interest for as long as the one after it lies within the time.
    private IEnumerable<TimelinePoint> Recent(List<TimelinePoint> points)
    {
        var oldest = _time.GetUtcNow() - Length;
        return points.Skip(Math.Max(0, Math.Max(points.Count - MostPoints, points.FindLastIndex(point => point.At <= oldest))));
    }
}

/// <summary>A state, and when it began.</summary>
internal readonly record struct TimelinePoint(DateTimeOffset At, CircuitState State);
