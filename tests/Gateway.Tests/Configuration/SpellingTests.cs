using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Tests.Configuration;

public class SpellingTests
{
    [Theory]
    [InlineData("event-ap", "event-api")]          // a letter left out
    [InlineData("event-apii", "event-api")]        // one too many
    [InlineData("evemt-api", "event-api")]         // another one
    [InlineData("evnet-api", "event-api")]         // two swapped
    [InlineData("EVENT_API", "event-api")]         // case doesn't count
    [InlineData("addevnt", "addEvent")]
    [InlineData("Prt", "Port")]
    public void Nearest_SlipOfTheFinger_IsTheNameThatWasMeant(string written, string meant) =>
        Assert.Equal(meant, Spelling.Nearest(written, ["Port", "addEvent", "event-api", "users"]));

    [Theory]
    [InlineData("events")]
    [InlineData("x")]
    [InlineData("")]
    [InlineData("completely-different")]
    public void Nearest_AnotherName_IsNone(string written) => Assert.Null(Spelling.Nearest(written, ["Port", "addEvent", "event-api", "c", ""]));

    [Fact]
    public void Nearest_Several_IsTheOneWithTheFewestSlips() => Assert.Equal("event2", Spelling.Nearest("evnt2", ["event", "event2", "event33"]));

    [Fact]
    public void Nearest_NothingKnown_IsNone() => Assert.Null(Spelling.Nearest("x", []));
}
