using System.Collections.Concurrent;

namespace EventGateway.CircuitBreaking;

/// <summary>Tells listeners about transitions: outside the breaker's lock, one at a time, in the order in which they happened.</summary>
internal sealed class TransitionPublisher
{
    private readonly ConcurrentQueue<CircuitTransition> _pending = new();
    private int _publishing;   // by Interlocked: 1 while a thread is telling the listeners

    public event Action<CircuitTransition>? Transitioned;

    /// <summary>Called under the breaker's lock, so that the queue has the order of the transitions.</summary>
    public void Enqueue(CircuitTransition transition) => _pending.Enqueue(transition);

    /// <summary>
    /// Called after the lock was left. If another thread is publishing, or a listener of this one is, that loop takes ours along.
    /// </summary>
    public void Publish()
    {
        while (!_pending.IsEmpty && Interlocked.CompareExchange(ref _publishing, 1, 0) == 0)
        {
            while (_pending.TryDequeue(out var transition))
            {
                Tell(transition);
            }

            // A full fence: whoever enqueued just now has seen the 1 and left, so our next look must see his transition.
            Interlocked.Exchange(ref _publishing, 0);
        }
    }

    private void Tell(CircuitTransition transition)
    {
        foreach (var listener in Delegate.EnumerateInvocationList(Transitioned))
        {
            try
            {
                listener(transition);
            }
            catch (Exception)
            {
                // The thread here belongs to some call that has nothing to do with the listener. See CircuitBreaker.Transitioned.
            }
        }
    }
}
