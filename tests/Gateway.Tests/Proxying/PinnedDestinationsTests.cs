using EventGateway.Gateway.Proxying;
using Yarp.ReverseProxy.Configuration;

namespace EventGateway.Gateway.Tests.Proxying;

public sealed class PinnedDestinationsTests
{
    private readonly string _id = PinnedDestinations.Pin(
        [new() { Destinations = new Dictionary<string, DestinationConfig> { ["primary"] = new() { Address = "http://a", Host = "b" } } }])[0]
        .Destinations!.Keys.Single();

    [Fact]
    public void NameOf_PinnedDestination_IsItsNameInTheFile() => Assert.Equal("primary", PinnedDestinations.NameOf(_id));

    [Fact]
    public void NameOf_ForEachRequest_AllocatesNothing()
    {
        var length = PinnedDestinations.NameOf(_id).Length;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            length += PinnedDestinations.NameOf(_id).Length;
        }

        Assert.Equal((0, 1001 * "primary".Length), (GC.GetAllocatedBytesForCurrentThread() - before, length));
    }
}
