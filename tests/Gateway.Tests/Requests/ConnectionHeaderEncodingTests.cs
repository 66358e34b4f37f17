using System.Text;
using EventGateway.Gateway.Requests;

namespace EventGateway.Gateway.Tests.Requests;

public class ConnectionHeaderEncodingTests
{
    [Theory]
    [InlineData("close")]
    [InlineData("keep-alive")]
    [InlineData("Upgrade")]
    [InlineData("close, keep-alive")]
    [InlineData("X-Private")]
    [InlineData("")]
    public void Protect_NothingThatKestrelWouldLose_StaysAsItCame(string value) => Assert.Equal(value, ConnectionHeaderEncoding.Protect(value));

    [Theory]
    [InlineData("close, X-Private", "close, X-Private, keep-alive")]
    [InlineData("X-Private,CLOSE", "X-Private, CLOSE, keep-alive")]
    [InlineData("upgrade, X-Private", "upgrade, X-Private, keep-alive")]
    [InlineData("keep-alive, X-Private", "X-Private")]
    [InlineData("X-A, , X-B", "X-A, X-B")]
    public void Protect_NamesBesideAnOption_KeepsTheNames(string value, string seen) => Assert.Equal(seen, ConnectionHeaderEncoding.Protect(value));

    [Fact]
    public void GetString_BytesThatAreNoText_ComeBackAsTheyWere()
    {
        byte[] bytes = [.. "X-\xE4, close"u8.ToArray().Where(b => b != 0xC3), 0xFF];

        var text = ConnectionHeaderEncoding.Instance.GetString(bytes);

        Assert.Equal(ConnectionHeaderEncoding.Protect(Encoding.Latin1.GetString(bytes)), text);
        Assert.Equal(text.Length, ConnectionHeaderEncoding.Instance.GetBytes(text).Length);
    }
}
