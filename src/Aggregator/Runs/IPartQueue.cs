using System.Diagnostics.CodeAnalysis;

namespace EventGateway.Aggregator;

/// <summary>Calls to make, and where their ends are told. Several workers take from it at once.</summary>
internal interface IPartQueue
{
    /// <summary>Takes the next call, unless there is none any more.</summary>
    /// <param name="place">Where it stands among the calls.</param>
    /// <param name="call">The call.</param>
    bool TryTake(out int place, [NotNullWhen(true)] out UpstreamCall? call);

    /// <summary>Told once for each call that was taken, unless it met with a defect.</summary>
    void Ended(int place, PartJudgement part);
}
