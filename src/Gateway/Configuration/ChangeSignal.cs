using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Primitives;

namespace EventGateway.Gateway.Configuration;

/// <summary>The framework's change token, to be given out again and again.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer holds nothing that needs to be given back.")]
internal sealed class ChangeSignal
{
    private CancellationTokenSource _current = new();   // by Interlocked

    public IChangeToken Token => new CancellationChangeToken(Volatile.Read(ref _current).Token);

    /// <summary>Tells everybody who holds a token, and begins anew.</summary>
    public void Raise() => Interlocked.Exchange(ref _current, new CancellationTokenSource()).Cancel();
}
