using System.Text.Json.Nodes;
using EventGateway.Gateway.Tests.Configuration;

namespace EventGateway.Gateway.Tests.Access;

public class AllowedHostsTests
{
    [Theory]
    [InlineData("api.example.com")]
    [InlineData("*.example.com")]
    [InlineData("localhost")]
    [InlineData("10.0.0.5")]
    [InlineData("[::1]")]
    [InlineData("bücher.example")]
    public void Compile_Host_IsTakenUp(string host) => Assert.Single(With(host).IsTakenUp().AllowedHosts);

    [Theory]
    [InlineData("api.example.com:443")]
    [InlineData("https://api.example.com")]
    [InlineData("api.*.com")]
    [InlineData("*")]
    [InlineData("::1")]
    [InlineData("a..ü")]
    [InlineData("*.。com")]
    [InlineData("")]
    public void Compile_AnythingElse_IsRefused(string host) =>
        With(host).IsRefused($"AllowedHosts[0]: '{host}' is no host (without a port), like api.example.com, *.example.com or [::1].");

    private static Gateway.Configuration.LoadedConfiguration With(string host) => Reading.Shipped(root => root["AllowedHosts"] = new JsonArray(host));
}
