using System.IO.Compression;
using System.Text;

namespace EventGateway.Aggregator.Tests;

/// <summary>What may stand in one part, and how its bytes pass through.</summary>
public sealed class BodyTests
{
    private readonly Scenario _scenario = Scenario.Of(o => o.Steps[1].MaxBytes = 1000).WithUser("a");

    [Theory]
    [InlineData("123456789012345678901234567890")]
    [InlineData("1e400")]
    [InlineData("-0.0")]
    [InlineData("\"\\u00e9\\/\\ud800\"")]
    [InlineData("{\"a\":1,\"a\":2}")]
    [InlineData(" [ 1 ,\t2 ]\r\n")]
    [InlineData("\"ü🎉\"")]
    public async Task RunAsync_OneValue_IsCopiedByteForByte(string json)
    {
        Assert.Equal($"[{json}]", await BodyWithAsync(Encoding.UTF8.GetBytes(json)));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("1,")]
    [InlineData("[1,]")]
    [InlineData("// no\n1")]
    [InlineData("undefined")]
    [InlineData("NaN")]
    [InlineData("'a'")]
    [InlineData("01")]
    [InlineData("\"a\nb\"")]
    [InlineData(" ")]
    [InlineData("<html>")]
    public async Task RunAsync_AnythingElse_IsBadJson(string text)
    {
        Assert.Equal(AggregationError.BadJson, await ErrorWithAsync(new ByteArrayContent(Encoding.UTF8.GetBytes(text))));
    }

    [Fact]
    public async Task RunAsync_InvalidUtf8InsideAString_IsBadJson()
    {
        Assert.Equal(AggregationError.BadJson, await ErrorWithAsync(new ByteArrayContent([(byte)'"', 0xC3, 0x28, (byte)'"'])));
    }

    [Fact]
    public async Task RunAsync_ByteOrderMark_IsDropped()
    {
        Assert.Equal("[1]", await BodyWithAsync([0xEF, 0xBB, 0xBF, (byte)'1']));
    }

    [Theory]
    [InlineData(512, null)]
    [InlineData(513, AggregationError.TooDeep)]
    public async Task RunAsync_Nesting_MayBe512Deep(int levels, AggregationError? expected)
    {
        var scenario = Scenario.Of().WithUser("a");
        scenario.Upstream.Answer("/getEventById/a", new string('[', levels) + new string(']', levels));

        using var answer = await scenario.RunAsync();

        Assert.Equal(expected, answer.Failure?.Error);
    }

    [Theory]
    [InlineData("application/json; charset=utf-8", null)]
    [InlineData("application/json; charset=\"UTF-8\"", null)]
    [InlineData("text/plain; charset=us-ascii", null)]
    [InlineData("text/html", null)]
    [InlineData("application/json; charset=iso-8859-1", AggregationError.BadEncoding)]
    [InlineData("application/json; charset=utf-16", AggregationError.BadEncoding)]
    public async Task RunAsync_ContentType_IsJudgedByItsCharsetOnly(string contentType, AggregationError? expected)
    {
        var content = new ByteArrayContent("1"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);

        Assert.Equal(expected, await ErrorWithAsync(content));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("x-gzip")]
    [InlineData("GZIP")]
    [InlineData("br")]
    [InlineData("identity")]
    [InlineData("identity, br")]
    public async Task RunAsync_CodedBody_IsDecoded(string coding)
    {
        Assert.Equal("[\"decoded\"]", await BodyWithAsync(Coded("\"decoded\""u8, coding), coding));
    }

    [Theory]
    [InlineData("deflate")]
    [InlineData("zstd")]
    [InlineData("gzip, br")]
    [InlineData("compress")]
    public async Task RunAsync_OtherCoding_IsBadEncoding(string coding)
    {
        Assert.Equal(AggregationError.BadEncoding, await ErrorWithAsync(Content("1"u8.ToArray(), coding)));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task RunAsync_CodedBodyIsGarbage_IsBadEncoding(string coding)
    {
        Assert.Equal(AggregationError.BadEncoding, await ErrorWithAsync(Content("garbage"u8.ToArray(), coding)));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task RunAsync_CodedBodyIsCutShort_IsRefused(string coding)
    {
        var whole = Coded(Encoding.UTF8.GetBytes($"\"{new string('x', 200)}\""), coding);

        // Some decoders end quietly at a cut; the JSON check doesn't.
        Assert.Contains(
            await ErrorWithAsync(Content(whole[..(whole.Length / 2)], coding)),
            new AggregationError?[] { AggregationError.BadEncoding, AggregationError.BadJson });
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task RunAsync_DecompressionBomb_StopsSoonAfterTheLimit(string coding)
    {
        var random = new Random(1);
        var noisy = new byte[4 * 1024 * 1024];
        random.NextBytes(noisy);
        await using var body = new PieceStream([Coded(noisy, coding)]);
        var content = new StreamContent(body);
        content.Headers.TryAddWithoutValidation("Content-Encoding", coding);

        Assert.Equal(AggregationError.TooLarge, await ErrorWithAsync(content));
        Assert.InRange(body.BytesRead, 1, 256 * 1024);
    }

    [Theory]
    [InlineData(1000, true, null)]
    [InlineData(1001, true, AggregationError.TooLarge)]
    [InlineData(1000, false, null)]
    [InlineData(1001, false, AggregationError.TooLarge)]
    public async Task RunAsync_PartLimit_HoldsWithAndWithoutLength(int bytes, bool isLengthKnown, AggregationError? expected)
    {
        var json = Encoding.UTF8.GetBytes($"\"{new string('x', bytes - 2)}\"");
        await using var body = new PieceStream([json]);

        Assert.Equal(expected, await ErrorWithAsync(isLengthKnown ? new ByteArrayContent(json) : new StreamContent(body)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RunAsync_TotalLimit_CountsAllParts(bool isLengthKnown)
    {
        var scenario = Scenario.Of(o => o.MaxTotalBytes = 100).WithUser("a", "b");
        foreach (var id in new[] { "a", "b" })
        {
            var json = Encoding.UTF8.GetBytes($"\"{new string('x', 38)}\"");
            scenario.Upstream.Answer($"/getEventById/{id}", () => new()
            {
                Content = isLengthKnown ? new ByteArrayContent(json) : new StreamContent(new PieceStream([json])),
            });
        }

        Assert.Equal(AggregationError.TooLarge, (await scenario.FailureAsync()).Error);
    }

    [Fact]
    public async Task RunAsync_RepeatedIds_CantMakeTheAnswerLargerThanTheTotal()
    {
        var scenario = Scenario.Of(o => o.MaxTotalBytes = 200).WithUser([.. Enumerable.Repeat("a", 20)]);
        scenario.Upstream.Answer("/getEventById/a", $"\"{new string('x', 38)}\"");

        var failure = await scenario.FailureAsync();

        Assert.Equal((AggregationError.TooLarge, null), (failure.Error, failure.Step));
    }

    [Fact]
    public async Task RunAsync_PartialModeAndAPartTooLarge_LeavesItsBytesToTheOthers()
    {
        var scenario = Scenario.Of(o =>
        {
            o.Mode = AggregationMode.Partial;
            o.MaxTotalBytes = 200;
            o.Steps[1].MaxBytes = 60;
            o.Steps[1].MaxConcurrency = 1;
        }).WithUser("a", "b", "c", "d");
        foreach (var id in new[] { "a", "b", "c" })
        {
            scenario.Upstream.Answer(
                $"/getEventById/{id}", () => new() { Content = new StreamContent(new PieceStream([new byte[50], new byte[50]])) });
        }

        scenario.Upstream.Answer("/getEventById/d", $"\"{new string('x', 48)}\"");

        using var answer = await scenario.RunAsync();

        Assert.Null(answer.Failure);
        Assert.Equal(3, answer.FailedParts);
    }

    [Fact]
    public async Task RunAsync_BodyShorterThanItsLength_IsABodyFailure()
    {
        await using var body = new PieceStream(["1"u8.ToArray()]);
        var content = new StreamContent(body);
        content.Headers.ContentLength = 2;

        Assert.Equal(AggregationError.Body, await ErrorWithAsync(content));
    }

    [Fact]
    public async Task RunAsync_BodyBreaks_IsABodyFailure()
    {
        await using var body = new PieceStream(["1"u8.ToArray()], breaksWith: new HttpIOException(HttpRequestError.ResponseEnded));

        Assert.Equal(AggregationError.Body, await ErrorWithAsync(new StreamContent(body)));
    }

    [Fact]
    public async Task RunAsync_RandomPieces_GiveTheSameBytes()
    {
        var random = new Random(20260101);
        var json = Encoding.UTF8.GetBytes($"{{\"ü\":\"{string.Concat(Enumerable.Range(0, 300).Select(i => $"é🎉{i}"))}\"}}");
        for (var round = 0; round < 200; round++)
        {
            var scenario = Scenario.Of().WithUser("a", "b");
            foreach (var id in new[] { "a", "b" })
            {
                var pieces = Pieces(json, random);
                scenario.Upstream.Answer($"/getEventById/{id}", () => new() { Content = new StreamContent(new PieceStream(pieces)) });
            }

            Assert.Equal($"[{Encoding.UTF8.GetString(json)},{Encoding.UTF8.GetString(json)}]", await scenario.BodyAsync());
        }
    }

    private static List<byte[]> Pieces(byte[] bytes, Random random)
    {
        var pieces = new List<byte[]>();
        for (var start = 0; start < bytes.Length;)
        {
            var length = Math.Min(bytes.Length - start, random.Next(1, random.Next(2, 2000)));
            pieces.Add(bytes[start..(start + length)]);
            start += length;
        }

        return pieces;
    }

    private static byte[] Coded(ReadOnlySpan<byte> bytes, string coding)
    {
        if (coding is "identity")
        {
            return bytes.ToArray();
        }

        using var coded = new MemoryStream();
        using (Stream encoder = coding.Contains("br", StringComparison.Ordinal)
            ? new BrotliStream(coded, CompressionLevel.Fastest, leaveOpen: true)
            : new GZipStream(coded, CompressionLevel.Fastest, leaveOpen: true))
        {
            encoder.Write(bytes);
        }

        return coded.ToArray();
    }

    private static ByteArrayContent Content(byte[] bytes, string coding)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Encoding", coding);
        return content;
    }

    private async Task<string> BodyWithAsync(byte[] bytes, string coding = "identity")
    {
        _scenario.Upstream.Answer("/getEventById/a", () => new() { Content = Content(bytes, coding) });
        return await _scenario.BodyAsync();
    }

    private async Task<AggregationError?> ErrorWithAsync(HttpContent content)
    {
        _scenario.Upstream.Answer("/getEventById/a", () => new() { Content = content });
        using var answer = await _scenario.RunAsync();
        _scenario.AssertNoOrphans();
        _scenario.Upstream.Calls.Clear();
        _scenario.Upstream.Finishes.Clear();
        return answer.Failure?.Error;
    }
}
