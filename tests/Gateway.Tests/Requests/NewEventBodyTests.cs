using System.Text;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Requests;

namespace EventGateway.Gateway.Tests.Requests;

public class NewEventBodyTests
{
    private const long Id = 1_767_225_600_000_042;

    [Theory]
    [InlineData("""{"name":"n","userId":"1"}""")]
    [InlineData("""{"userId":"1","name":"n"}""")]
    [InlineData("""{"name":"n","userId":1}""")]
    [InlineData("""{"name":"n","userId":-0}""")]
    [InlineData("""{"name":"n","userId":123456789012345678901234567890}""")]
    [InlineData("""{"name":" ","userId":" "}""")]
    [InlineData("""{"name":"\u0000","userId":"\ud83d\ude00"}""")]
    [InlineData("""{"name":"é 😀","userId":"1"}""")]
    [InlineData("""{"n\u0061me":"n","\u0075serId":"1"}""")]
    [InlineData("""{"name":"n","userId":"1","details":{"a":[1.50,1e400,null,true],"a":2},"more":"\/"}""")]
    [InlineData("""{"name":"n","userId":"1","Name":5,"USERID":null,"ID":[]}""")]      // other members: JSON's names have a case
    [InlineData("""{"name":"n","userId":"1","details":{"name":1,"userId":null,"id":{}}}""")]   // not the event's own
    [InlineData("""{"name":"n","userId":"1","":0}""")]
    [InlineData("""{"name":"n","userId":"1","\ud800":0}""")]       // a lone surrogate is no name of ours
    [InlineData("""{"name":"n","userId":"1","x":"\udc00"}""")]
    [InlineData(" \t\r\n{ \"name\" : \"n\" ,\n\t\"userId\" : \"1\" }\r\n ")]
    public void Check_ValidBody_ReachesTheUpstreamByteForByteBehindItsId(string text)
    {
        var body = Encoding.UTF8.GetBytes(text);

        Assert.Null(NewEventBody.Check(body, out var idOffset));
        var sent = Encoding.UTF8.GetString(NewEventBody.InsertId(body, idOffset, Id));

        var brace = text.IndexOf('{', StringComparison.Ordinal) + 1;
        Assert.Equal($"{text[..brace]}\"id\":{Id},{text[brace..]}", sent);
    }

    [Theory]
    [InlineData("""{"id":"a","name":"n","userId":"1"}""")]
    [InlineData("""{"name":"n","userId":"1","id":7}""")]
    [InlineData("""{"name":"n","userId":"1","\u0069d":7}""")]
    [InlineData("""{"id":99999999999999999999,"name":"n","userId":"1"}""")]
    public void Check_BodyWithAnId_NeedsNone(string text)
    {
        Assert.Null(NewEventBody.Check(Encoding.UTF8.GetBytes(text), out var idOffset));
        Assert.Equal(-1, idOffset);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(0)]
    public void InsertId_AnyLength_IsWrittenWhole(long id) =>
        Assert.Equal($"{{\"id\":{id},\"a\":1}}", Encoding.UTF8.GetString(NewEventBody.InsertId("{\"a\":1}"u8, 1, id)));

    [Theory]
    [InlineData("""{"userId":"1"}""", "name", "'name' is missing in the request body.")]
    [InlineData("""{"name":"n"}""", "userId", "'userId' is missing in the request body.")]
    [InlineData("{}", "name", "'name' is missing in the request body.")]
    [InlineData("""{"Name":"n","userId":"1"}""", "name", "'name' is missing in the request body.")]
    [InlineData("""{"name":"","userId":"1"}""", "name", "'name' must be a non-empty string.")]
    [InlineData("""{"name":null,"userId":"1"}""", "name", "'name' must be a non-empty string.")]
    [InlineData("""{"name":5,"userId":"1"}""", "name", "'name' must be a non-empty string.")]
    [InlineData("""{"name":true,"userId":"1"}""", "name", "'name' must be a non-empty string.")]
    [InlineData("""{"name":["n"],"userId":"1"}""", "name", "'name' must be a non-empty string.")]
    [InlineData("""{"name":{"name":"n"},"userId":"1"}""", "name", "'name' must be a non-empty string.")]
    [InlineData("""{"name":"n","userId":""}""", "userId", "'userId' must be a non-empty string or an integer.")]
    [InlineData("""{"name":"n","userId":null}""", "userId", "'userId' must be a non-empty string or an integer.")]
    [InlineData("""{"name":"n","userId":1.0}""", "userId", "'userId' must be a non-empty string or an integer.")]
    [InlineData("""{"name":"n","userId":1e2}""", "userId", "'userId' must be a non-empty string or an integer.")]
    [InlineData("""{"name":"n","userId":1E2}""", "userId", "'userId' must be a non-empty string or an integer.")]
    [InlineData("""{"name":"n","userId":false}""", "userId", "'userId' must be a non-empty string or an integer.")]
    [InlineData("""{"name":"n","userId":[1]}""", "userId", "'userId' must be a non-empty string or an integer.")]
    [InlineData("""{"name":"n","userId":{}}""", "userId", "'userId' must be a non-empty string or an integer.")]
    [InlineData("""{"id":"","name":"n","userId":"1"}""", "id", "'id' must be a non-empty string or an integer.")]
    [InlineData("""{"id":null,"name":"n","userId":"1"}""", "id", "'id' must be a non-empty string or an integer.")]
    [InlineData("""{"id":0.5,"name":"n","userId":"1"}""", "id", "'id' must be a non-empty string or an integer.")]
    [InlineData("""{"id":{},"name":"n","userId":"1"}""", "id", "'id' must be a non-empty string or an integer.")]
    [InlineData("""{"name":"n","name":"n","userId":"1"}""", "name", "'name' stands in the request body more than once.")]
    [InlineData("""{"name":"n","userId":"1","n\u0061me":"m"}""", "name", "'name' stands in the request body more than once.")]
    [InlineData("""{"userId":"1","userId":1,"name":"n"}""", "userId", "'userId' stands in the request body more than once.")]
    [InlineData("""{"id":1,"\u0069\u0064":1,"name":"n","userId":"1"}""", "id", "'id' stands in the request body more than once.")]
    public void Check_MemberThatIsWrong_IsNamed(string text, string member, string detail)
    {
        var error = Refusal(Encoding.UTF8.GetBytes(text));

        Assert.Equal((member, detail), (error.Member, error.Detail));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""[{"name":"n","userId":"1"}]""")]
    [InlineData("\"name\"")]
    [InlineData("5")]
    [InlineData("null")]
    public void Check_NoObject_IsRefused(string text) => Assert.Equal("The request body must be a JSON object.", Refusal(Encoding.UTF8.GetBytes(text)).Detail);

    [Theory]
    [InlineData("", "The request body is empty; a JSON object with name and userId is expected.")]
    [InlineData(" ", "The request body is not valid JSON (line 1, byte 2).")]
    [InlineData("{", "The request body is not valid JSON (line 1, byte 2).")]
    [InlineData("name=n&userId=1", "The request body is not valid JSON (line 1, byte 2).")]
    [InlineData("{\"name\":\"n\",\n\"userId\":\"1\",}", "The request body is not valid JSON (line 2, byte 14).")]
    [InlineData("""{"name":"n","userId":"1"} {}""", "The request body is not valid JSON (line 1, byte 27).")]
    [InlineData("""{"name":"n","userId":"1"}x""", "The request body is not valid JSON (line 1, byte 26).")]
    [InlineData("""{"name":"n","userId":01}""", "The request body is not valid JSON (line 1, byte 23).")]
    [InlineData("""{"name":"n","userId":"1","x":NaN}""", "The request body is not valid JSON (line 1, byte 30).")]
    [InlineData("""{"name":"\x","userId":"1"}""", "The request body is not valid JSON (line 1, byte 11).")]
    [InlineData("{\"name\":\"a\tb\",\"userId\":\"1\"}", "The request body is not valid JSON (line 1, byte 11).")]
    [InlineData("""{"name":"n",/* c */"userId":"1"}""", "The request body is not valid JSON (line 1, byte 13).")]
    [InlineData("{\"name\":\"n\",\"userId\":\"1\"}\0", "The request body is not valid JSON (line 1, byte 26).")]
    public void Check_NoJson_SaysWhere(string text, string detail)
    {
        var error = Refusal(Encoding.UTF8.GetBytes(text));

        Assert.Equal((null, detail), (error.Member, error.Detail));
    }

    // A body that isn't JSON is that, whatever its first members look like.
    [Fact]
    public void Check_WrongMemberBeforeGarbage_IsNoJson() =>
        Assert.StartsWith("The request body is not valid JSON", Refusal("""{"name":5,"userId":"1"} rest"""u8).Detail, StringComparison.Ordinal);

    public static TheoryData<byte[]> NoUtf8 => new(
        [.. "{\"name\":\"n\",\"userId\":\"1\",\"x\":\""u8, 0xE4, .. "\"}"u8],              // Latin-1
        [.. "{\"name\":\"n\",\"userId\":\"1\",\"x\":\""u8, 0xC0, 0xAF, .. "\"}"u8],        // an overlong slash
        [.. "{\"name\":\"n\",\"userId\":\"1\",\"x\":\""u8, 0xED, 0xA0, 0x80, .. "\"}"u8],  // a surrogate as such
        [.. "{\"name\":\"n\",\""u8, 0xFF, .. "\":0,\"userId\":\"1\"}"u8],
        [.. Encoding.UTF8.Preamble, .. "{\"name\":\"n\",\"userId\":\"1\"}"u8],
        [.. Encoding.Unicode.GetBytes("{\"name\":\"n\",\"userId\":\"1\"}"), 0xFF]);

    [Theory]
    [MemberData(nameof(NoUtf8))]
    public void Check_OtherBytesThanUtf8_AreRefused(byte[] body) =>
        Assert.Equal("The request body must be UTF-8 without a byte order mark.", Refusal(body).Detail);

    [Theory]
    [InlineData('[', ']')]
    [InlineData('{', '}')]
    public void Check_DeepestNesting_IsFine(char open, char close) => Assert.Null(NewEventBody.Check(Nested(32, open, close), out _));

    [Theory]
    [InlineData('[', ']')]
    [InlineData('{', '}')]
    public void Check_DeeperNesting_IsRefused(char open, char close)
    {
        Assert.Equal("The request body is nested deeper than 32 levels.", Refusal(Nested(33, open, close)).Detail);
        Assert.Equal("The request body is nested deeper than 32 levels.", Refusal(Nested(10_000, open, close)).Detail);
    }

    private static GatewayError Refusal(ReadOnlySpan<byte> body)
    {
        var error = NewEventBody.Check(body, out _);
        Assert.NotNull(error);
        Assert.Equal((400, "invalid_body", RejectionReason.Validation), (error.Status, error.Code, error.Rejection));
        return error;
    }

    // So many levels, the event itself being the first.
    private static byte[] Nested(int levels, char open, char close)
    {
        var opening = open == '[' ? "[" : "{\"x\":";
        var inside = string.Concat(Enumerable.Repeat(opening, levels - 2));
        return Encoding.UTF8.GetBytes($"{{\"name\":\"n\",\"userId\":\"1\",\"x\":{inside}{open}{close}{new string(close, levels - 2)}}}");
    }
}
