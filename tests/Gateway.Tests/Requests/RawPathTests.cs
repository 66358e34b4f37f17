using EventGateway.Gateway.Requests;
using Microsoft.AspNetCore.Http.Features;

namespace EventGateway.Gateway.Tests.Requests;

public class RawPathTests
{
    [Theory]
    [InlineData("/getUsers", "/getUsers")]
    [InlineData("/a%2Fb/%2e?x=/y", "/a%2Fb/%2e")]
    [InlineData("/?", "/")]
    [InlineData("//evil/x", "//evil/x")]
    [InlineData("/x?http://a/b", "/x")]
    [InlineData("/x://y", "/x://y")]
    [InlineData("http://host/a%20b?x", "/a%20b")]
    [InlineData("HTTPS://host:1/a", "/a")]
    [InlineData("http://host", "/")]
    [InlineData("http://host?x", "/")]
    [InlineData("http://host?x=/a", "/")]        // the slash belongs to the query
    [InlineData("http://host?/admin%41", "/")]
    [InlineData("*", "*")]
    public void Of_Target_IsItsPathAsSent(string target, string path)
    {
        var context = new DefaultHttpContext();
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;

        Assert.Equal(path, RawPath.Of(context).ToString());
    }

    [Theory]
    [InlineData("/.")]
    [InlineData("/..")]
    [InlineData("/a/./b")]
    [InlineData("/a/../b")]
    [InlineData("/a/%2e")]
    [InlineData("/a/%2E%2e/b")]
    [InlineData("/a/.%2e")]
    [InlineData("/a/%2E.")]
    public void HasDotSegment_DotsInAnySpelling_IsTrue(string path) => Assert.True(RawPath.HasDotSegment(path));

    [Theory]
    [InlineData("/")]
    [InlineData("")]
    [InlineData("//")]
    [InlineData("/a.b/.c/d.")]
    [InlineData("/...")]
    [InlineData("/%2e%2e%2e")]
    [InlineData("/%252e%252e")]     // an id that reads %2e%2e
    [InlineData("/..%2f")]
    [InlineData("/%2")]
    public void HasDotSegment_DotsAmongOthers_IsFalse(string path) => Assert.False(RawPath.HasDotSegment(path));

    [Theory]
    [InlineData("/..%2f")]
    [InlineData("/a%2f.%2fb")]
    [InlineData("/%252e%252e")]
    [InlineData("/..;x")]
    [InlineData("/a\\..")]
    [InlineData("/%c0%ae.")]
    [InlineData("/%2")]
    [InlineData("/a%0A")]
    [InlineData("/\u007f")]
    public void IsAmbiguous_WhatTwoServersReadInTwoWays_IsTrue(string path) => Assert.True(RawPath.IsAmbiguous(path));

    [Theory]
    [InlineData("/")]
    [InlineData("/a/../b")]         // everybody sees it
    [InlineData("/%2e%2E/b")]
    [InlineData("/a%2Fb%5Cc")]
    [InlineData("/a;v=..")]
    [InlineData("/...;/..a/a..%2f")]
    [InlineData("/%25%32%35")]
    [InlineData("/%c3%80%c2%ae")]   // letters, not overlong
    [InlineData("/%c0")]
    [InlineData("/%e0%a0%80")]
    [InlineData("/%f0%9f%8e%89")]
    public void IsAmbiguous_WhatEverybodyReadsAlike_IsFalse(string path) => Assert.False(RawPath.IsAmbiguous(path));
}
