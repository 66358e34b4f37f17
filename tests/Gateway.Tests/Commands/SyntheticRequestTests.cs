using EventGateway.Gateway.Commands.Explain;

namespace EventGateway.Gateway.Tests.Commands;

public sealed class SyntheticRequestTests
{
    [Theory]
    [InlineData("", "METHOD: '' is no method")]
    [InlineData("G T", "METHOD: 'G T' is no method")]
    [InlineData("GET,HEAD", "METHOD: 'GET,HEAD' is no method")]
    public void Parse_Method_ThatIsNone_IsNamed(string method, string problem) => IsRefused(method, "/", [], problem);

    [Theory]
    [InlineData("", "PATH: '' doesn't begin with '/'.")]
    [InlineData("getUsers", "PATH: 'getUsers' doesn't begin with '/'.")]
    [InlineData("http://localhost/getUsers", "doesn't begin with '/'.")]
    [InlineData("/a b", "PATH: '/a b' has ' ', which must be percent-encoded.")]
    [InlineData("/ü", "PATH: '/ü' has 'ü', which must be percent-encoded.")]
    [InlineData("/a\n", "which must be percent-encoded.")]
    [InlineData("/a#b", "PATH: '/a#b' has a fragment, which is never sent.")]
    [InlineData("/a/../b", "PATH: '/a/../b' has a dot segment")]
    [InlineData("/a/%2e%2e/b", "has a dot segment")]
    [InlineData("/a%00", "PATH: '/a%00' has %00, which the server refuses.")]
    public void Parse_Path_ThatNobodyCanSend_IsNamed(string target, string problem) => IsRefused("GET", target, [], problem);

    [Theory]
    [InlineData("Accept")]
    [InlineData(": x")]
    [InlineData("A b: x")]
    [InlineData("A: x\ny")]
    public void Parse_Header_ThatIsNone_IsNamed(string header) => IsRefused("GET", "/", [header], $"--header: '{header}' is no header.");

    [Fact]
    public void Parse_SeveralMistakes_AreAllNamed()
    {
        var problems = new List<string>();
        SyntheticRequest.Parse("", "x", ["y", "z"], "h", problems);
        Assert.Equal(4, problems.Count);
    }

    [Fact]
    public void Context_OfARequest_IsAsTheServersWouldBe()
    {
        var request = SyntheticRequest.Parse("GET", "/a%20b%2Fc?q=%20", ["Accept:x", "accept: y", "Empty:"], "here:1", [])!;
        var context = request.CreateContext(new ServiceCollection().BuildServiceProvider());
        Assert.Equal("/a b%2Fc", context.Request.Path.Value);
        Assert.Equal("?q=%20", context.Request.QueryString.Value);
        Assert.Equal("here:1", context.Request.Host.Value);
        Assert.Equal("x,y", context.Request.Headers.Accept.ToString());
        Assert.Equal("", context.Request.Headers["Empty"].ToString());
    }

    private static void IsRefused(string method, string target, string[] headers, string problem)
    {
        var problems = new List<string>();
        Assert.Null(SyntheticRequest.Parse(method, target, headers, "localhost", problems));
        Assert.Contains(problem, Assert.Single(problems), StringComparison.Ordinal);
    }
}
