using System.Text.Json.Nodes;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Tests.Configuration;

namespace EventGateway.Gateway.Tests.Cors;

public class CorsPolicyCompilerTests
{
    [Theory]
    [InlineData("https://app.example.com")]
    [InlineData("http://localhost:5173")]
    [InlineData("https://*.example.com")]
    [InlineData("https://*.example.com:8443")]
    [InlineData("http://[::1]:8080")]
    [InlineData("*")]
    public void Compile_Origin_IsTakenUp(string origin) => With($$"""{ "Origins": [ "{{origin}}" ] }""").IsTakenUp();

    [Theory]
    [InlineData("app.example.com")]
    [InlineData("https://app.example.com/")]
    [InlineData("https://app.example.com/path")]
    [InlineData("https://user@app.example.com")]
    [InlineData("https://app.*.com")]
    [InlineData("https://*")]
    [InlineData("https://app.example.com:443")]   // browsers leave a default port out
    [InlineData("ftp://app.example.com")]
    [InlineData("null")]
    [InlineData("")]
    public void Compile_TextThatNoBrowserSendsAsOrigin_IsRefused(string origin) =>
        With($$"""{ "Origins": [ "{{origin}}" ] }""").IsRefused(
            $"CorsPolicies.web.Origins[0]: '{origin}' is no origin: scheme, host and perhaps port without anything after it, as in https://app.example.com:8443.");

    [Fact]
    public void Compile_CredentialsForAnyOrigin_IsRefused() =>
        With("""{ "Origins": [ "*" ], "AllowCredentials": true }""").IsRefused(
            "CorsPolicies.web.AllowCredentials: credentials can't be allowed to any origin (Fetch standard, CORS protocol).");

    [Fact]
    public void Compile_AnyOriginBesideAnother_IsRefused() =>
        With("""{ "Origins": [ "*", "https://app.example.com" ] }""").IsRefused("CorsPolicies.web.Origins: '*' is any origin already; it stands alone.");

    [Fact]
    public void Compile_NoOrigin_IsRefused() =>
        With("""{ "Origins": [] }""").IsRefused(
            "CorsPolicies.web.Origins: without an origin the policy lets no page in; a route without a CorsPolicy does the same.");

    [Theory]
    [InlineData("Methods", "method")]
    [InlineData("Headers", "header name")]
    [InlineData("ExposedHeaders", "header name")]
    public void Compile_TextThatIsNoName_IsRefused(string key, string kind) =>
        With($$"""{ "Origins": [ "*" ], "{{key}}": [ "no name" ] }""").IsRefused(
            $"CorsPolicies.web.{key}[0]: 'no name' is no {kind}; letters, digits and !#$%&'*+-.^_`|~ can be in one.");

    [Fact]
    public void Compile_NameThatYarpReserves_IsRefused() =>
        Reading.Shipped(root => root["CorsPolicies"] = JsonNode.Parse("""{ "Disable": { "Origins": [ "*" ] } }""")).IsRefused(
            "CorsPolicies.Disable: no policy can be called 'Disable': to YARP's routes that name means something else.");

    private static LoadedConfiguration With(string policy) => Reading.Shipped(root =>
    {
        root["CorsPolicies"] = new JsonObject { ["web"] = JsonNode.Parse(policy) };
        root["ReverseProxy"]!["Routes"]!["getUsers"]!["CorsPolicy"] = "web";
    });
}
