using EventGateway.Comparison.Peers;

namespace EventGateway.Comparison.Tests.Peers;

public sealed class SiteTests
{
    // A connection to a port of clients' at which nobody listens yet may be one with itself: the peer behind it seemed to be there.
    [Fact]
    public void FreePort_Always_IsNoneOfThoseThatClientsAreGiven()
    {
        for (var i = 0; i < 100; i++)
        {
            Assert.InRange(Site.FreePort(), 10_000, 32_767);
        }
    }
}
