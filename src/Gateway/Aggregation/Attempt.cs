using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Limits;

namespace EventGateway.Gateway.Aggregation;

/// <summary>One try at a call.</summary>
internal sealed class Attempt(GuardedCall? guarded)
{
    private bool _hasAnswer;

    public GuardedCall? Guarded { get; } = guarded;

    public StatusSet FailureStatuses => Guarded?.FailureStatuses ?? StatusSet.ServerErrors;

    /// <summary>What .NET's client sends; null while it sends nothing.</summary>
    public HttpRequestMessage? Message { get; set; }

    public CallPlace? Place { get; set; }

    /// <summary>When it went out, where it isn't all of its call.</summary>
    public long? Sent { get; set; }

    /// <summary>Address of the destination; null while it hasn't gone out.</summary>
    public string? Address { get; set; }

    /// <summary>Whether this is the first one to say that an answer has come.</summary>
    public bool TryAnswer() => !_hasAnswer && (_hasAnswer = true);
}
