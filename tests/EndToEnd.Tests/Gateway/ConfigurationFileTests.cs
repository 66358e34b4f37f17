using System.Text.RegularExpressions;
using EventGateway.EndToEnd.Tests.Processes;

namespace EventGateway.EndToEnd.Tests.Gateway;

/// <summary>Which file the gateway reads, and what it says of one that it can't.</summary>
public sealed partial class ConfigurationFileTests
{
    [Fact]
    public async Task File_NoneNamed_IsTheWorkingDirectorys()
    {
        await using var here = NamedUpstream.Start("working directory");
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch
        {
            Files = { ["appsettings.json"] = ShippedFile.PointedAt(here.Address) },
        });
        Assert.Equal("working directory", await NamedUpstream.AskAsync(gateway));
    }

    [Theory]
    [InlineData("")]
    [InlineData("GATEWAY_CONFIG=named.json")]
    public async Task File_NamedByVariable_WinsOverTheWorkingDirectorys(string dotEnv)
    {
        await using var here = NamedUpstream.Start("working directory");
        await using var named = NamedUpstream.Start("GATEWAY_CONFIG");
        var launch = new GatewayLaunch
        {
            Files =
            {
                ["appsettings.json"] = ShippedFile.PointedAt(here.Address),
                ["named.json"] = ShippedFile.PointedAt(named.Address),
                [".env"] = dotEnv,
            },
        };
        if (dotEnv.Length == 0)
        {
            launch.Variables["GATEWAY_CONFIG"] = "named.json";
        }

        await using var gateway = await GatewayProcess.StartAsync(launch);
        Assert.Equal("GATEWAY_CONFIG", await NamedUpstream.AskAsync(gateway));
    }

    [Theory]
    [InlineData("--config", "chosen.json")]
    [InlineData("--config=chosen.json")]
    public async Task File_NamedByOption_WinsOverTheVariable(params string[] arguments)
    {
        await using var named = NamedUpstream.Start("GATEWAY_CONFIG");
        await using var chosen = NamedUpstream.Start("--config");
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch(arguments)
        {
            Variables = { ["GATEWAY_CONFIG"] = "named.json" },
            Files =
            {
                ["named.json"] = ShippedFile.PointedAt(named.Address),
                ["chosen.json"] = ShippedFile.PointedAt(chosen.Address),
            },
        });
        Assert.Equal("--config", await NamedUpstream.AskAsync(gateway));
    }

    [Fact]
    public async Task File_Missing_SaysSoInOneLineAndExitsWith2()
    {
        foreach (var launch in new[]
        {
            new GatewayLaunch("--config", "missing.json"),
            new GatewayLaunch { Variables = { ["GATEWAY_CONFIG"] = "missing.json" } },
        })
        {
            var ended = await launch.RunAsync();
            Assert.Equal(2, ended.ExitCode);
            Assert.Contains("missing.json", Assert.Single(ended.Errors), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task File_NotJson_SaysWhereInOneLineAndExitsWith78()
    {
        const string Broken = """
            {
              "Port": 0,
              "AccessLog": maybe
            }
            """;
        var ended = await new GatewayLaunch("--config", "broken.json") { Files = { ["broken.json"] = Broken } }.RunAsync();
        Assert.Equal(78, ended.ExitCode);
        Assert.Matches(BrokenValue(), Assert.Single(ended.Errors));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{} {}")]
    [InlineData("""{"Port":0,}""")]
    [InlineData("""{"Port":0,"Port":0}""")]
    [InlineData("""{"Port":"\ud800"}""")]   // half a character
    [InlineData("{\"Port\":\"\u00ff\"}")]   // a byte that isn't UTF-8
    public async Task File_NotWhatItShouldBe_SaysWhereInOneLineAndExitsWith78(string text)
    {
        var ended = await new GatewayLaunch("--config", "broken.json") { Files = { ["broken.json"] = text } }.RunAsync();
        Assert.Equal(78, ended.ExitCode);
        Assert.StartsWith("broken.json:1:", Assert.Single(ended.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_Edited_IsServedWithoutARestart()
    {
        await using var before = NamedUpstream.Start("before");
        await using var after = NamedUpstream.Start("after");
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch
        {
            Files = { ["appsettings.json"] = ShippedFile.PointedAt(before.Address) },
        });
        Assert.Equal("before", await NamedUpstream.AskAsync(gateway));

        gateway.Edit("appsettings.json", ShippedFile.PointedAt(after.Address));

        await gateway.GetJsonUntilAsync("/getUsers", (_, body) => body.GetValue<string>() == "after");
    }

    [Theory]
    [InlineData("")]
    [InlineData("""{"ReverseProxy":{"Routes":{""")]
    [InlineData("{}")]
    [InlineData("""{"Port":"\ud800"}""")]
    [InlineData("""{"ReverseProxy":{"Routes":{"getUsers":{"ClusterId":"nowhere"}}}}""")]
    public async Task File_EditedBadly_IsRefusedAndTheLastGoodOneServes(string text)
    {
        await using var upstream = NamedUpstream.Start("last good");
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch
        {
            Files = { ["appsettings.json"] = ShippedFile.PointedAt(upstream.Address) },
        });

        gateway.Edit("appsettings.json", text);

        var (status, ready) = await gateway.GetJsonUntilAsync("/ready", (_, body) => body["reasons"]!.AsArray().Count > 0);
        Assert.Equal((200, "degraded"), (status, (string?)ready["status"]));
        Assert.Equal("configuration", (string?)ready["reasons"]![0]!["component"]);
        Assert.Equal("last good", await NamedUpstream.AskAsync(gateway));
    }

    // Line 3, at or within the word.
    [GeneratedRegex(@"^broken\.json:3:1[6-9]: ")]
    private static partial Regex BrokenValue();
}
