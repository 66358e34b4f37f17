using System.Text.Json;
using System.Text.Json.Nodes;

namespace EventGateway.Gateway.Tests.Configuration.Reference;

/// <summary>appsettings.schema.json says what the gateway takes.</summary>
public class SchemaTests
{
    private const string Rewrite = "UPDATE_SCHEMA";

    private static string SchemaFile => Repository.PathOf("appsettings.schema.json");

    [Fact]
    public async Task SchemaFile_InTheRepository_IsUpToDate()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var generated = SchemaGenerator.Generate();
        if (Environment.GetEnvironmentVariable(Rewrite) == "1")
        {
            await File.WriteAllTextAsync(SchemaFile, generated, cancellation);
        }

        Assert.True(
            File.Exists(SchemaFile) && generated == await File.ReadAllTextAsync(SchemaFile, cancellation),
            $"The option types or docs/configuration.md have changed. {Rewrite}=1 dotnet test tests/Gateway.Tests --filter IsUpToDate writes the schema anew.");
    }

    [Fact]
    public void ShippedFile_BySchema_IsValid()
    {
        var shipped = JsonNode.Parse(
            File.ReadAllText(Repository.PathOf("appsettings.json")), documentOptions: new() { CommentHandling = JsonCommentHandling.Skip })!;

        Assert.Empty(SchemaCheck.Mistakes(shipped));
        Assert.True(File.Exists(Repository.PathOf((string)shipped["$schema"]!)));
        Assert.Equal("$schema", shipped.AsObject().First().Key);
    }

    [Fact]
    public void SchemaFile_BesideTheBinary_IsThere() => Assert.True(File.Exists(Path.Combine(AppContext.BaseDirectory, "appsettings.schema.json")));

    // Each is a member that takes the place of the shipped one.
    [Theory]
    [InlineData("Top level", "\"Prt\": 3000")]
    [InlineData("Top level", "\"Port\": 65536")]
    [InlineData("Top level", "\"Port\": \"http\"")]
    [InlineData("Top level", "\"Port\": 1.5")]
    [InlineData("Top level", "\"AccessLog\": \"on\"")]
    [InlineData("Top level", "\"Logging\": { \"LogLevel\": { \"Default\": \"Loud\" } }")]
    [InlineData("Top level", "\"Logging\": { \"Level\": {} }")]
    [InlineData("Top level", "\"CircuitBreakers\": []")]
    [InlineData("Routes", "\"Match\": { \"Path\": \"/a\", \"Method\": [ \"GET\" ] }")]
    [InlineData("Routes", "\"Match\": { \"Methods\": \"GET\" }")]
    [InlineData("Routes", "\"Match\": { \"Headers\": [ { \"Name\": \"a\", \"Mode\": \"Exact\" } ] }")]
    [InlineData("Routes", "\"Match\": { \"Headers\": [ { \"Values\": [ \"a\" ] } ] }")]
    [InlineData("Routes", "\"TimeoutPolicy\": \"default\"")]
    [InlineData("JwtBearer", "\"Issuer\": \"a\", \"Audiences\": [ \"b\" ], \"JwksFile\": \"jwks.json\", \"Algorithms\": [ \"none\" ]")]
    [InlineData("Routes", "\"Order\": \"first\"")]
    [InlineData("Routes", "\"Transforms\": { \"PathPrefix\": \"/a\" }")]
    [InlineData("Metadata of a route", "\"RequestBody\": \"oldEvent\"")]
    [InlineData("Transforms of a route", "\"PathPrefx\": \"/a\"")]
    [InlineData("Clusters", "\"Destinations\": { \"a\": {} }")]
    [InlineData("Clusters", "\"Destinations\": { \"a\": { \"Adress\": \"http://a\" } }")]
    [InlineData("Clusters", "\"LoadBalancingPolicy\": \"RoundRobbin\"")]
    [InlineData("Clusters", "\"HttpRequest\": { \"Version\": \"4.0\" }")]
    [InlineData("Clusters", "\"HttpRequest\": { \"ActivityTimeout\": 30 }")]
    [InlineData("Clusters", "\"HttpClient\": { \"SslProtocols\": [ \"Tls14\" ] }")]
    [InlineData("CircuitBreakers", "\"FailureThreshold\": 0")]
    [InlineData("CircuitBreakers", "\"Jitter\": 0.91")]
    [InlineData("Aggregations", "\"Mode\": \"Quick\"")]
    [InlineData("Aggregations", "\"Output\": [ \"user\" ]")]
    [InlineData("Aggregations", "\"Output\": { \"user\": {} }")]
    [InlineData("Aggregations", "\"Steps\": [ { \"Id\": \"a\", \"Path\": \"/a\" } ]")]
    [InlineData("Steps", "\"Headers\": [ {} ]")]
    public void Mistake_InTheShippedFile_IsFoundByTheSchemaToo(string table, string member)
    {
        var (byGateway, bySchema) = Judge(table, member);

        Assert.False(byGateway);
        Assert.False(bySchema);
    }

    [Theory]
    [InlineData("00:00:00.001")]
    [InlineData("00:00:30")]
    [InlineData("00:00:01.1234567")]
    [InlineData("23:59:59")]
    [InlineData("1.00:00:00")]
    [InlineData("24:00:00")]
    [InlineData("1.24:00:00")]
    [InlineData("00:60:00")]
    [InlineData("00:00:60")]
    [InlineData("00:30")]
    [InlineData("0:00:30")]
    [InlineData("00:00:30.")]
    [InlineData("00:00:00.12345678")]
    [InlineData(" 00:00:30")]
    [InlineData("00:00:30 ")]
    [InlineData("-00:00:30")]
    [InlineData("1:00:00:00")]
    [InlineData("٠٠:٠٠:٣٠")]
    [InlineData("30s")]
    [InlineData("30")]
    [InlineData("")]
    public void Duration_InAnyForm_IsJudgedAlike(string text) => AssertAgreed("CircuitBreakers", $"\"FailureWindow\": \"{text}\"");

    [Theory]
    [InlineData("500-599")]
    [InlineData("429")]
    [InlineData("429, 500-599")]
    [InlineData(" 429 ,500 - 599 ")]
    [InlineData("100,599")]
    [InlineData("")]
    [InlineData("99")]
    [InlineData("600")]
    [InlineData("5xx")]
    [InlineData("500-")]
    [InlineData("500-550-599")]
    [InlineData("500,")]
    [InlineData("500 599")]
    [InlineData("+500")]
    public void Statuses_InAnyForm_AreJudgedAlike(string text) => AssertAgreed("CircuitBreakers", $"\"FailureStatuses\": \"{text}\"");

    // The names that the schema has for YARP's policies and versions, as YARP judges them.
    [Theory]
    [InlineData("LoadBalancingPolicy", "FirstAlphabetical", "LeastRequests", "PowerOfTwoChoices", "Random", "RoundRobin")]
    [InlineData("HttpRequest.Version", "1.0", "1.1", "2.0", "3.0")]
    [InlineData("HttpClient.SslProtocols", "None", "Tls12", "Tls13")]
    [InlineData("SessionAffinity.Policy", "ArrCookie", "Cookie", "CustomHeader", "HashCookie")]
    [InlineData("SessionAffinity.FailurePolicy", "Redistribute", "Return503Error")]
    [InlineData("HealthCheck.AvailableDestinationsPolicy", "HealthyAndUnknown", "HealthyOrPanic")]
    public void Names_OfYarp_AreTakenByBoth(string key, params string[] names)
    {
        var row = ConfigurationReference.Find("Clusters", key);
        Assert.All(names, name =>
        {
            void Edit(JsonNode root) => Examples.Write(root, "Clusters", Examples.With(row, name));
            Reading.Shipped(Edit).IsTakenUp();
            Assert.Empty(SchemaCheck.MistakesInShipped(Edit));
        });
    }

    private static void AssertAgreed(string table, string member)
    {
        var (byGateway, bySchema) = Judge(table, member);

        Assert.Equal(byGateway, bySchema);
    }

    private static (bool ByGateway, bool BySchema) Judge(string table, string member)
    {
        void Edit(JsonNode root) => Examples.Write(root, table, JsonNode.Parse($"{{ {member} }}")!.AsObject());
        return (Reading.Shipped(Edit).Plan is not null, SchemaCheck.MistakesInShipped(Edit).Count == 0);
    }
}
