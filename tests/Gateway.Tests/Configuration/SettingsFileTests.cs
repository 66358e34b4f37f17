using System.Text;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Tests.Configuration;

public class SettingsFileTests
{
    private readonly ProblemList _problems = new();

    [Fact]
    public void Parse_NestedValues_KnowTheirPathAndWhereTheyStand()
    {
        var root = Parse("{\n  \"A\": {\n    \"b-1\": [ 1, { \"c d\": true } ]\n  }\n}");

        Assert.Empty(_problems.All);
        Assert.Equal(("A", "f.json:2:8"), PlaceOf(root, "A"));
        Assert.Equal(("A.b-1", "f.json:3:12"), PlaceOf(root, "A", "b-1"));
        Assert.Equal(("A.b-1[0]", "f.json:3:14"), PlaceOf(root, "A", "b-1", "0"));
        Assert.Equal(("A.b-1[1]['c d']", "f.json:3:26"), PlaceOf(root, "A", "b-1", "1", "c d"));
    }

    [Fact]
    public void Parse_EveryKindOfValue_KeepsItsText()
    {
        var root = Parse("""{ "Text": "a\n\u00e9", "Number": 1.50e3, "Yes": true, "No": false, "Nothing": null, "Object": {}, "List": [] }""");

        Assert.Equal(["a\né", "1.50e3", "true", "false", null, null, null], root!.Children.Select(c => c.Value.Value));
        Assert.Equal(
            [SettingsKind.Scalar, SettingsKind.Scalar, SettingsKind.Scalar, SettingsKind.Scalar, SettingsKind.Scalar, SettingsKind.Object, SettingsKind.List],
            root.Children.Select(c => c.Value.Kind));
    }

    [Fact]
    public void Parse_Members_StayInTheOrderOfTheFile() =>
        Assert.Equal(["z", "a", "M"], Parse("""{ "z": 1, "a": 2, "M": 3 }""")!.Children.Select(c => c.Key));

    [Fact]
    public void Parse_MembersInAnotherCase_AreFound() => Assert.Equal("1", Parse("""{ "Port": 1 }""")!["PORT"]!.Value);

    [Fact]
    public void Parse_Comments_AreNoPartOfTheFile()
    {
        var root = Parse("// first\n{\n  // \"A\": 1,\n  \"B\": /* two */ 2\n}\n// last");

        Assert.Empty(_problems.All);
        Assert.Equal(["B"], root!.Children.Select(c => c.Key));
        Assert.Equal("f.json:4:18", root["B"]!.Origin.ToString());
    }

    [Fact]
    public void Parse_ByteOrderMark_IsSkipped()
    {
        var root = SettingsFile.Parse("f.json", [.. Encoding.UTF8.Preamble, .. "{ \"A\": 1 }"u8], _problems);

        Assert.Empty(_problems.All);
        Assert.Equal("f.json:1:8", root!["A"]!.Origin.ToString());
    }

    [Fact]
    public void Parse_WindowsLineEnds_CountAsOneLineEach() =>
        Assert.Equal("f.json:3:6", Parse("{\r\n\"A\": 1,\r\n\"B\": 2 }")!["B"]!.Origin.ToString());

    [Theory]
    [InlineData("{\n  \"A\": { \"b\": 1,\n  \"b\": 2 }\n}", "f.json:3:3: error: A.b: this member stands here twice.")]
    [InlineData("{\n  \"Port\": 1, \"port\": 1 }", "f.json:2:14: error: port: this member stands here twice.")]
    public void Parse_MemberThatStandsTwice_NamesTheSecond(string text, string problem)
    {
        Parse(text);

        Assert.Equal([problem], _problems.All.Select(p => p.ToString()));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("null")]
    [InlineData(" 1")]
    public void Parse_SomethingElseThanAnObject_IsRefused(string text)
    {
        Assert.Null(Parse(text));
        Assert.Equal("the file must hold one JSON object.", Assert.Single(_problems.All).Message);
    }

    [Theory]
    [InlineData("", "f.json:1:1")]
    [InlineData("{", "f.json:1:2")]
    [InlineData("{\n  \"A\": 1,\n}", "f.json:3:1")]        // a trailing comma
    [InlineData("{\n  \"A\": [ 1, ]\n}", "f.json:2:13")]
    [InlineData("{ 'A': 1 }", "f.json:1:3")]
    [InlineData("{ \"A\": 01 }", "f.json:1:9")]
    [InlineData("{}\n{}", "f.json:2:1")]
    [InlineData("\0\0", "f.json:1:1")]
    public void Parse_NoJson_SaysWhere(string text, string place)
    {
        Assert.Null(Parse(text));

        var problem = Assert.Single(_problems.All);
        Assert.Equal(place, problem.Origin);
        Assert.StartsWith("this is no valid JSON: ", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("reader", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { (byte)'{', (byte)'"', 0xE4, (byte)'"', (byte)':', (byte)'1', (byte)'}' })]                // Latin-1 in a name
    [InlineData(new byte[] { (byte)'{', (byte)'"', (byte)'A', (byte)'"', (byte)':', (byte)'"', 0xE4, (byte)'"', (byte)'}' })]
    [InlineData(new byte[] { 0xFF, 0xFE, (byte)'{', 0, (byte)'}', 0 })]                                                 // UTF-16
    public void Parse_BytesThatAreNoUtf8_AreRefused(byte[] text)
    {
        Assert.Null(SettingsFile.Parse("f.json", text, _problems));
        Assert.StartsWith("f.json:1:", Assert.Single(_problems.All).Origin, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_LoneSurrogate_IsRefused()
    {
        Assert.Null(Parse("""{ "A": "\ud800" }"""));
        Assert.StartsWith("f.json:1:", Assert.Single(_problems.All).Origin, StringComparison.Ordinal);
    }

    private SettingsNode? Parse(string text) => SettingsFile.Parse("f.json", Encoding.UTF8.GetBytes(text), _problems);

    private static (string Path, string Origin) PlaceOf(SettingsNode? root, params string[] keys)
    {
        var node = root!.Find(keys)!;
        return (node.Path, node.Origin.ToString());
    }
}
