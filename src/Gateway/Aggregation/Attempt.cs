using System.Collections.Concurrent;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Limits;

namespace EventGateway.Gateway.Aggregation;

/// <summary>One try at a call. It is used again when its call has ended well: a message, its headers and all this, made anew, would be 0.5 kB of each call.</summary>
internal sealed class Attempt
{
    private const int Most = 1024;   // that wait for their next use

    private static readonly ConcurrentQueue<Attempt> Free = new();

    private bool _hasAnswer;

    private Attempt(Version version, HttpVersionPolicy policy) => Message = new() { Version = version, VersionPolicy = policy };

    /// <summary>What is sent, a GET. Nobody needs to dispose of it: it has no body.</summary>
    public HttpRequestMessage Message { get; }

    public GuardedCall? Guarded { get; private set; }

    public StatusSet FailureStatuses => Guarded?.FailureStatuses ?? StatusSet.ServerErrors;

    public CallPlace? Place { get; set; }

    /// <summary>When it went out; null while it has no place.</summary>
    public long? Sent { get; set; }

    /// <summary>Address of the destination; null while it has no place.</summary>
    public string? Address { get; set; }

    public static Attempt Begin(Version version, HttpVersionPolicy policy, GuardedCall? guarded)
    {
        // A connection that was begun for a message, and then not needed for it, asks for its version even after its end: that must stay as it was.
        if (!Free.TryDequeue(out var attempt) || attempt.Message.Version != version || attempt.Message.VersionPolicy != policy)
        {
            attempt = new Attempt(version, policy);
        }

        attempt.Guarded = guarded;
        return attempt;
    }

    /// <summary>Whether this is the first one to say that an answer has come.</summary>
    public bool TryAnswer() => !_hasAnswer && (_hasAnswer = true);

    /// <summary>Makes it ready for its next use. Only after an answer that has been read to its end: before that, the client may look at the message.</summary>
    public void Return()
    {
        Message.RequestUri = null;
        Message.Headers.Clear();   // keeps room for as many
        (Guarded, Place, Sent, Address, _hasAnswer) = (null, null, null, null, false);
        if (Free.Count < Most)
        {
            Free.Enqueue(this);
        }
    }
}
