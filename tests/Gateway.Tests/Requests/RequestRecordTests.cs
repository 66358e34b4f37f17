using System.Text.RegularExpressions;
using EventGateway.Gateway.Requests;
using Microsoft.Extensions.Primitives;

namespace EventGateway.Gateway.Tests.Requests;

public partial class RequestRecordTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("0f8fad5b-d9cb-469f-a165-70867728950e")]
    [InlineData("A.b_C-9")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123")]   // 64
    public void CorrelationIdFor_HarmlessId_IsTheClients(string id) => Assert.Equal(id, IdFor(id));

    [Theory]
    [InlineData("")]
    [InlineData("01234567890123456789012345678901234567890123456789012345678901234")]  // 65
    [InlineData("a b")]
    [InlineData("a,b")]
    [InlineData("a\tb")]
    [InlineData("a\"b")]
    [InlineData("a/b")]
    [InlineData("é")]
    public void CorrelationIdFor_AnyOtherId_IsReplaced(string id) => Assert.Matches(OurOwn(), IdFor(id));

    [Fact]
    public void CorrelationIdFor_NoId_IsMade() => Assert.Matches(OurOwn(), IdFor([]));

    [Fact]
    public void CorrelationIdFor_TwoIds_IsMade() => Assert.Matches(OurOwn(), IdFor(new StringValues(["a", "b"])));

    [Fact]
    public void CorrelationIdFor_EachRequest_HasItsOwn() => Assert.NotEqual(IdFor([]), IdFor([]));

    private static string IdFor(StringValues header)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers["X-Correlation-Id"] = header;
        return RequestRecord.CorrelationIdFor(context.Request);
    }

    [GeneratedRegex("^[0-9a-f]{32}$")]
    private static partial Regex OurOwn();
}
