using EventGateway.Gateway.Access;
using EventGateway.Gateway.Requests;

namespace EventGateway.Gateway.Caching;

/// <summary>A request that what is kept may answer.</summary>
/// <param name="Context">The request.</param>
/// <param name="Plan">The policy by which it is answered.</param>
internal sealed record Question(HttpContext Context, OutputCachePlan Plan)
{
    /// <summary>Whether its answer, unless it is public, is for its caller alone.</summary>
    public bool WithCredentials { get; } = Caller.HasCredentials(Context);

    public RequestRecord Record { get; } = RequestRecord.Of(Context);

    public IHeaderDictionary Headers => Context.Request.Headers;

    public bool IsHead => HttpMethods.IsHead(Context.Request.Method);
}

/// <summary>Where the answer to a question stands.</summary>
/// <param name="Primary">By all that is known before an answer.</param>
/// <param name="Key">By the headers as well that an earlier answer has named in <c>Vary</c>.</param>
/// <param name="Entry">What stands there.</param>
internal readonly record struct Place(UInt128 Primary, UInt128 Key, CacheEntry? Entry)
{
    public StoredAnswer? Fresh => Entry?.Answer is { IsFresh: true } answer ? answer : null;
}

/// <summary>What an entry is purged and invalidated by.</summary>
/// <param name="Route">The route or aggregation.</param>
/// <param name="Plan">Its policy.</param>
/// <param name="Target">What was asked for, as <see cref="CacheKey.OfTarget"/> tells it.</param>
/// <param name="Stamp">As <see cref="AnswerStore.StampOf"/> it, before the upstream was asked.</param>
internal sealed record EntrySource(string Route, OutputCachePlan Plan, UInt128 Target, long Stamp);
