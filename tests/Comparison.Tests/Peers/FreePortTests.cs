using EventGateway.Testing;

namespace EventGateway.Comparison.Tests.Peers;

public sealed class FreePortTests
{
    // Somebody's connection had a port of clients' before its listener came; or one to such a port, at which nobody listened yet, was one with
    // itself, and the peer behind it seemed to be there.
    [Fact]
    public void Find_Always_IsNoneOfThoseThatClientsAreGivenAndANewOne()
    {
        int[] ports = [.. Enumerable.Range(0, 100).Select(_ => FreePort.Find())];

        Assert.All(ports, port => Assert.InRange(port, 10_000, 32_767));
        Assert.Distinct(ports);
    }
}
