using System.Text;
using EventGateway.Comparison.Load;

namespace EventGateway.Comparison.Tests.Load;

public sealed class ResponseReaderTests
{
    private const string WithLength = "HTTP/1.1 503 Service Unavailable\r\ncontent-length:  5\r\nServer: x\r\n\r\nhello";
    private const string Empty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    private const string Chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1a;x=y\r\nabcdefghijklmnopqrstuvwxyz\r\n1\r\n!\r\n0\r\nTrailer: x\r\n\r\n";

    [Theory]
    [InlineData(WithLength, 503)]
    [InlineData(Empty, 200)]
    [InlineData(Chunked, 200)]
    public void Read_WholeResponse_IsCompleteAndTheNextOneToo(string response, int status)
    {
        var reader = new ResponseReader();
        Assert.True(reader.Read(Encoding.ASCII.GetBytes(response)));
        Assert.Equal(status, reader.Status);
        Assert.True(reader.Read(Encoding.ASCII.GetBytes(response)));
    }

    [Theory]
    [InlineData(WithLength)]
    [InlineData(Empty)]
    [InlineData(Chunked)]
    public void Read_CutAnywhere_IsCompleteWithTheLastByteOnly(string response)
    {
        var bytes = Encoding.ASCII.GetBytes(response);
        var reader = new ResponseReader();
        for (var cut = 1; cut < bytes.Length; cut++)
        {
            Assert.False(reader.Read(bytes.AsSpan(0, cut)));
            Assert.True(reader.Read(bytes.AsSpan(cut)));
        }

        foreach (var (value, at) in bytes.Select((value, at) => (value, at)))
        {
            Assert.Equal(at == bytes.Length - 1, reader.Read([value]));
        }
    }

    [Theory]
    [InlineData("Connection: close\r\n", true)]
    [InlineData("connection:Close\r\n", true)]
    [InlineData("Connection: keep-alive\r\n", false)]
    [InlineData("", false)]
    public void Closes_AsTheServerSays_AlsoAfterOneThatDid(string header, bool expected)
    {
        var reader = new ResponseReader();
        reader.Read("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"u8);
        Assert.True(reader.Read(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\n{header}Content-Length: 0\r\n\r\n")));
        Assert.Equal(expected, reader.Closes);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n")]
    [InlineData(Empty + Empty)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\n")]
    public void Read_NotAnAnswerToOneRequest_Throws(string response) =>
        Assert.Throws<InvalidDataException>(() => new ResponseReader().Read(Encoding.ASCII.GetBytes(response)));
}
