using System.Text;
using System.Text.Json.Nodes;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Tests.Configuration;

/// <summary>Reads a configuration as the gateway does at its start: all layers, but none of this machine's.</summary>
internal static class Reading
{
    private const string File = "appsettings.json";
    private const string Upstream = "http://localhost:4000";

    /// <summary>The shipped file after <paramref name="edit"/>, below the other layers.</summary>
    public static LoadedConfiguration Shipped(
        Action<JsonNode>? edit = null, Dictionary<string, string>? environment = null, Dictionary<string, string>? commandLine = null,
        string dotEnvFile = "none.env", Dictionary<string, string>? defaults = null) =>
        new ConfigurationSource(File, dotEnvFile, defaults ?? [], environment ?? [], commandLine ?? [])
            .Load(Encoding.UTF8.GetBytes(TestGateway.Configuration(Upstream, edit)));

    /// <summary>A file with this text, and nothing else.</summary>
    public static LoadedConfiguration Text(string text) => Bytes(Encoding.UTF8.GetBytes(text));

    public static LoadedConfiguration Bytes(byte[] text) =>
        new ConfigurationSource(File, "none.env", new Dictionary<string, string>(), new Dictionary<string, string>(), new Dictionary<string, string>())
            .Load(text);

    /// <summary>The shipped file with one variable in the environment.</summary>
    public static LoadedConfiguration WithVariable(string name, string value) => Shipped(environment: new() { [name] = value });

    /// <summary>Asserts that these are all errors, each as <c>path: text</c> without related places, and that nothing was taken up.</summary>
    public static void IsRefused(this LoadedConfiguration loaded, params IEnumerable<string> problems)
    {
        Assert.Equal(problems.Order(StringComparer.Ordinal), loaded.Errors().Select(p => $"{p.Path}: {(p with { Related = [] }).Text}").Order(StringComparer.Ordinal));
        Assert.Null(loaded.Plan);
    }

    public static GatewayPlan IsTakenUp(this LoadedConfiguration loaded)
    {
        Assert.Empty(loaded.Errors());
        return loaded.Plan!;
    }

    public static IEnumerable<ConfigurationProblem> Errors(this LoadedConfiguration loaded) => loaded.Problems.Where(p => !p.IsWarning);
}
