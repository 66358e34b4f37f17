using System.Text;
using EventGateway.Gateway.Requests;

namespace EventGateway.Gateway.Tests.Requests;

public class ContentLengthEncodingTests
{
    [Theory]
    [InlineData("0")]
    [InlineData("005")]
    [InlineData("9223372036854775807")]
    public void GetString_Digits_AreThose(string digits) => Assert.Equal(digits, Read(digits));

    [Theory]
    [InlineData("")]
    [InlineData("+5")]
    [InlineData("-0")]
    [InlineData("5 ")]
    [InlineData("5\u000b")]
    [InlineData("\u00b2")]
    [InlineData("00000000000000000005")]   // one more than a length can have
    public void GetString_AnythingElse_IsNoLength(string text) => Assert.Equal(ContentLengthEncoding.NoLength, Read(text));

    private static string Read(string text)
    {
        Span<char> chars = stackalloc char[20];   // as Kestrel has it
        return chars[..ContentLengthEncoding.Instance.GetChars(Encoding.Latin1.GetBytes(text), chars)].ToString();
    }
}
