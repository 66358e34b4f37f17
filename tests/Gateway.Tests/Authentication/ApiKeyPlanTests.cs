using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using EventGateway.Gateway.Authentication;

namespace EventGateway.Gateway.Tests.Authentication;

public class ApiKeyPlanTests
{
    private static readonly ApiKeyPlan Plan = new("X-Api-Key", [Client("a", "a1"), Client("b", "b1", "b2", "b3"), Client("c", "c1", "c2")]);

    [Theory]
    [InlineData("a1", "a")]
    [InlineData("b1", "b")]
    [InlineData("b2", "b")]
    [InlineData("b3", "b")]
    [InlineData("c2", "c")]
    [InlineData("c3", null)]
    [InlineData("", null)]
    [InlineData("A1", null)]
    [InlineData(" a1", null)]
    public void Find_Key_IsOfTheClientThatHasItsHash(string key, string? client) => Assert.Equal(client, Plan.Find(key)?.Name);

    // Kestrel hands each byte out as a character.
    [Fact]
    public void Find_KeyThatIsNotAscii_IsComparedByItsBytes()
    {
        var plan = new ApiKeyPlan("X-Api-Key", [Client("a", "schlüssel")]);
        Assert.NotNull(plan.Find(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes("schlüssel"))));
    }

    private static ApiKeyClient Client(string name, params IEnumerable<string> keys) =>
        new(name, [.. keys.Select(key => SHA256.HashData(Encoding.UTF8.GetBytes(key)))], new ClaimsIdentity());
}
