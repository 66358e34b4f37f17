using System.Net;
using System.Security.Claims;
using EventGateway.Gateway.Authentication;
using EventGateway.Gateway.RateLimiting;

namespace EventGateway.Gateway.Tests.RateLimiting;

public class PartitionKeyTests
{
    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1", true)]
    [InlineData("10.0.0.1", "10.0.0.2", false)]
    [InlineData("10.0.0.1", "::ffff:10.0.0.1", true)]    // how a listener for both has IPv4 clients
    [InlineData("::ffff:10.0.0.1", "::ffff:10.0.0.2", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true)]   // one network, all of it its owner's
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("fe80::1%1", "fe80::2%2", true)]
    [InlineData("::1", "127.0.0.1", false)]
    public void Of_Addresses_IsOneForAnIPv4AddressAndForAnIPv6Network(string one, string other, bool same) =>
        Assert.Equal(same, PartitionKey.Of(IPAddress.Parse(one)) == PartitionKey.Of(IPAddress.Parse(other)));

    [Fact]
    public void Of_NoAddress_IsNobodys() => Assert.Equal(PartitionKey.Nobody, PartitionKey.Of(address: null));

    [Fact]
    public void Of_AHeader_IsItsValues()
    {
        var plan = Plan(RateLimiterPartition.Header);
        Assert.Equal(WithHeader("a"), WithHeader("a"));
        Assert.NotEqual(WithHeader("a"), WithHeader("A"));
        Assert.NotEqual(WithHeader("a"), WithHeader("a", "b"));
        Assert.NotEqual(WithHeader(new string('x', 30_000)), WithHeader(new string('x', 30_001)));
        Assert.Equal(PartitionKey.Nobody, WithHeader());
        Assert.Equal(PartitionKey.Nobody, WithHeader(""));

        UInt128 WithHeader(params string[] values)
        {
            var context = new DefaultHttpContext();
            context.Request.Headers["X-Tenant"] = values;
            return PartitionKey.Of(context, plan);
        }
    }

    [Fact]
    public void Of_ASubject_IsOneOfItsIssuer()
    {
        var plan = Plan(RateLimiterPartition.Subject);
        var one = OfToken("alice", "https://one");
        Assert.Equal(one, OfToken("alice", "https://one"));
        Assert.NotEqual(one, OfToken("bob", "https://one"));
        Assert.NotEqual(one, OfToken("alice", "https://two"));
        Assert.Equal(PartitionKey.Nobody, PartitionKey.Of(new DefaultHttpContext(), plan));

        UInt128 OfToken(string subject, string issuer) => PartitionKey.Of(
            new DefaultHttpContext { User = new(new ClaimsIdentity([new Claim("sub", subject), new Claim("iss", issuer)], "corp")) }, plan);
    }

    [Fact]
    public void Of_AnApiKey_IsItsClientWhateverATokenSays()
    {
        var plan = Plan(RateLimiterPartition.ApiKey);
        Assert.Equal(OfClient("cron", AuthenticationPlan.ApiKey), OfClient("cron", AuthenticationPlan.ApiKey));
        Assert.NotEqual(OfClient("cron", AuthenticationPlan.ApiKey), OfClient("shop", AuthenticationPlan.ApiKey));
        Assert.Equal(PartitionKey.Nobody, OfClient("cron", "corp"));
        Assert.Equal(PartitionKey.Nobody, PartitionKey.Of(new DefaultHttpContext(), plan));

        UInt128 OfClient(string name, string scheme) => PartitionKey.Of(
            new DefaultHttpContext { User = new(new ClaimsIdentity([new Claim(ClientClaims.ApiClient, name)], scheme)) }, plan);
    }

    private static RateLimiterPlan Plan(RateLimiterPartition by) => Plans.FixedWindow(1, TimeSpan.FromHours(1)) with { PartitionBy = by, Header = "X-Tenant" };
}
