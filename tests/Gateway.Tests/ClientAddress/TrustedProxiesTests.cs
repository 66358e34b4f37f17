using System.Text.Json.Nodes;
using EventGateway.Gateway.Tests.Configuration;

namespace EventGateway.Gateway.Tests.ClientAddress;

public class TrustedProxiesTests
{
    [Theory]
    [InlineData("10.0.0.5")]
    [InlineData("10.0.0.0/8")]
    [InlineData("::1")]
    [InlineData("2001:db8::/32")]
    public void Compile_AddressOrNetwork_IsTakenUp(string proxy) =>
        Assert.NotNull(With(proxy).IsTakenUp().TrustedProxies);

    [Theory]
    [InlineData("proxy.example.com")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10")]
    [InlineData("10.0.0.0-10.0.0.9")]
    [InlineData("")]
    public void Compile_AnythingElse_IsRefused(string proxy) => With(proxy).IsRefused(
        $"TrustedProxies[0]: '{proxy}' is neither an IP address nor a network, like 10.0.0.5 or 10.0.0.0/8.");

    [Theory]
    [InlineData("0.0.0.0/0")]
    [InlineData("::/0")]
    [InlineData("128.0.0.0/1")]
    public void Compile_WholeInternet_IsAWarning(string proxy)
    {
        var loaded = With(proxy);
        Assert.Equal("this network is the whole internet, or half of it: anybody can then claim any address.", Assert.Single(loaded.Problems).Message);
        loaded.IsTakenUp();
    }

    [Fact]
    public void Compile_Nothing_TrustsNobody() => Assert.Null(Reading.Shipped(_ => { }).IsTakenUp().TrustedProxies);

    private static Gateway.Configuration.LoadedConfiguration With(string proxy) => Reading.Shipped(root => root["TrustedProxies"] = new JsonArray(proxy));
}
