using System.Text.Json.Nodes;
using EventGateway.Gateway.Caching;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Caching;

public class AnswerStoreTests
{
    private static readonly Storage AMinute = new(TimeSpan.FromMinutes(1), TimeSpan.Zero, TimeSpan.Zero, []);

    private readonly ManualClock _clock = new();

    [Fact]
    public void Keep_MoreThanThereIsRoomFor_ForgetsWhatWasUsedLeastRecently()
    {
        var (store, plan) = Create(room: 5_000);
        Keep(store, plan, 1, 1_000);
        Keep(store, plan, 2, 1_000);
        store.Find(1);
        Keep(store, plan, 3, 1_000);
        Keep(store, plan, 4, 1_000);

        Assert.Equal((true, false, true, true), (store.Find(1) is not null, store.Find(2) is not null, store.Find(3) is not null, store.Find(4) is not null));
        Assert.InRange(store.Bytes, 3 * 1_512, 5_000);
        for (var i = 0; i < 10_000; i++)
        {
            Keep(store, plan, (UInt128)i, 100);
            Assert.InRange(store.Bytes, 0, 5_000);
        }
    }

    [Fact]
    public void Keep_WhatWasAskedForBeforeAPurge_DoesNothing()
    {
        var (store, plan) = Create(room: 5_000);
        var before = Source(store, plan, 7);
        Keep(store, plan, 1, 10);
        Assert.Equal(1, store.Purge(static _ => true));
        store.Keep(2, Answer(2, 10), before, before: null);
        store.LetPass(3, before, TimeSpan.FromSeconds(1));
        Assert.Equal((0, 0), (store.Entries, store.Bytes));
    }

    [Fact]
    public void Invalidate_ForgetsWhatIsOfTheTargetAndWhatWasAskedForBefore()
    {
        var (store, plan) = Create(room: 5_000);
        var (mine, others) = (Source(store, plan, 7), Source(store, plan, 8));
        store.Keep(1, Answer(1, 10), mine, before: null);
        store.Keep(2, Answer(2, 10), mine, before: null);
        store.Keep(3, Answer(3, 10), others, before: null);

        store.Invalidate(7);
        store.Keep(4, Answer(4, 10), mine, before: null);
        store.Keep(5, Answer(5, 10), others, before: null);

        Assert.Equal([null, null, 3, null, 5], Enumerable.Range(1, 5).Select(key => (int?)(UInt128?)store.Find((UInt128)key)?.Answer!.Key));
    }

    [Fact]
    public void Keep_WhereALaterCallWasFaster_LeavesItsAnswer()
    {
        var (store, plan) = Create(room: 5_000);
        var (old, newer) = (Answer(1, 10), Answer(1, 20));
        store.Keep(1, newer, Source(store, plan, 7), before: null);
        store.Keep(1, old, Source(store, plan, 7), before: null);
        Assert.Same(newer, store.Find(1)!.Answer);
        store.Forget(old);
        Assert.Same(newer, store.Find(1)!.Answer);
        store.Forget(newer);
        Assert.Null(store.Find(1));
    }

    [Fact]
    public void LetPass_WhereAnAnswerIsKept_LeavesIt()
    {
        var (store, plan) = Create(room: 5_000);
        Keep(store, plan, 1, 10);
        store.LetPass(1, Source(store, plan, 7), TimeSpan.FromSeconds(1));
        store.LetPass(2, Source(store, plan, 7), TimeSpan.FromSeconds(1));
        Assert.Equal((false, true), (store.Find(1)!.IsPass, store.Find(2)!.IsPass));
        Keep(store, plan, 2, 10);
        Assert.NotNull(store.Find(2)!.Answer);
    }

    [Fact]
    public void Find_WhatIsOver_ForgetsIt()
    {
        var (store, plan) = Create(room: 5_000);
        Keep(store, plan, 1, 10);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(store.Find(1));
        Assert.Equal((0, 0), (store.Entries, store.Bytes));
    }

    private (AnswerStore Store, OutputCachePlan Plan) Create(int room)
    {
        var store = new AnswerStore(_clock);
        var plan = Reading.Shipped(root =>
        {
            root["Limits"] = new JsonObject { ["MaxOutputCacheSize"] = room };
            root["OutputCachePolicies"] = JsonNode.Parse("""{ "p": { "Duration": "00:01:00", "MaxBodySize": 2000 } }""");
            root["ReverseProxy"]!["Routes"]!["getUsers"]!["Metadata"] = new JsonObject { ["OutputCachePolicy"] = "p" };
        }).IsTakenUp();
        store.Apply(plan);
        return (store, plan.RoutePolicies["getUsers"].OutputCache!);
    }

    private void Keep(AnswerStore store, OutputCachePlan plan, UInt128 key, int bytes) => store.Keep(key, Answer(key, bytes), Source(store, plan, key), store.Find(key)?.Answer);

    private static EntrySource Source(AnswerStore store, OutputCachePlan plan, UInt128 target) => new("getUsers", plan, target, store.StampOf(target));

    private StoredAnswer Answer(UInt128 key, int bytes) => StoredAnswer.Of(AMinute, key, [], new byte[bytes], _clock);
}
