namespace EventGateway.Aggregator.Tests;

public sealed class PathSegmentTests
{
    [Theory]
    [InlineData("42", "42")]
    [InlineData("a%2Fb", "a/b")]
    [InlineData("a%252Fb", "a%2Fb")]
    [InlineData("%C3%BC", "ü")]
    [InlineData("%F0%9F%8E%89", "🎉")]
    [InlineData("a+b", "a+b")]
    [InlineData("...", "...")]
    [InlineData("%2e%2e%2e", "...")]
    public void TryDecode_AcceptableSegment_DecodesExactlyOnce(string raw, string expected)
    {
        Assert.True(PathSegment.TryDecode(raw, out var id));
        Assert.Equal(expected, id);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("%2E")]
    [InlineData("%2e.")]
    [InlineData("a%00b")]
    [InlineData("a%0Ab")]
    [InlineData("%7F")]
    [InlineData("%C2%85")]
    [InlineData("%FF")]
    [InlineData("%C0%AF")]
    [InlineData("%ED%A0%80")]
    [InlineData("%")]
    [InlineData("%4")]
    [InlineData("%zz")]
    [InlineData("% 4")]
    [InlineData("ü")]
    [InlineData("..%2Fa")]
    [InlineData("a%5C..")]
    [InlineData("..;a")]
    [InlineData("%252e%252E")]
    [InlineData("%25252e.")]
    [InlineData("%25c0%25ae.")]
    public void TryDecode_UnacceptableSegment_Refuses(string raw)
    {
        Assert.False(PathSegment.TryDecode(raw, out var id));
        Assert.Null(id);
    }

    [Theory]
    [InlineData("42", "42")]
    [InlineData("a/b", "a%2Fb")]
    [InlineData("a%2Fb", "a%252Fb")]
    [InlineData("ü?#&", "%C3%BC%3F%23%26")]
    [InlineData("..a;", "..a%3B")]
    public void Encode_AnyId_IsOneSegmentThatDecodesToIt(string id, string segment)
    {
        Assert.Equal(segment, PathSegment.Encode(id));
        Assert.True(PathSegment.TryDecode(segment, out var decoded));
        Assert.Equal(id, decoded);
    }
}
