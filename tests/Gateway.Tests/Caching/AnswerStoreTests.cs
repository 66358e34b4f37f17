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
        var before = store.Purges;
        Keep(store, plan, 1, 10);
        Assert.Equal(1, store.Purge(static _ => true));
        store.Keep(2, Answer(2, 10), "getUsers", plan, before);
        Assert.Equal((0, 0), (store.Entries, store.Bytes));
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

    private void Keep(AnswerStore store, OutputCachePlan plan, UInt128 key, int bytes) => store.Keep(key, Answer(key, bytes), "getUsers", plan, store.Purges);

    private StoredAnswer Answer(UInt128 key, int bytes) => new(AMinute, key, [], new byte[bytes], _clock);
}
