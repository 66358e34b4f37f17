using System.Text.Json.Nodes;
using EventGateway.EndToEnd.Tests.Processes;

namespace EventGateway.EndToEnd.Tests.Gateway;

/// <summary><c>eventgateway check</c>, as an operator and as a build server run it.</summary>
public sealed class CheckTests
{
    [Fact]
    public async Task Check_SoundFile_SaysWhatWasChecked()
    {
        var ended = await new GatewayLaunch("check") { Files = { ["appsettings.json"] = ShippedFile.Edited(_ => { }) } }.RunAsync();

        Assert.Equal(0, ended.ExitCode);
        Assert.Equal(["appsettings.json: 3 routes, 1 aggregation, 1 breaker, no problems."], ended.Output);
        Assert.Empty(ended.Errors);
    }

    [Fact]
    public async Task Check_SameMistakes_AreTheSameLinesAsAtStart()
    {
        string[] files = ["check", "start"];
        var ended = await Task.WhenAll(files.Select(how => new GatewayLaunch(how == "check" ? ["check"] : [])
        {
            Files = { ["appsettings.json"] = Broken() },
            Variables = { ["CIRCUIT_BREAKER_RESET_TIMEOUT_MS"] = "soon" },
        }.RunAsync()));

        Assert.Equal((1, 78), (ended[0].ExitCode, ended[1].ExitCode));
        Assert.Equal(ended[0].Output.SkipLast(1), ended[1].Errors);
        Assert.Equal("appsettings.json: 3 errors.", ended[0].Output[^1]);
    }

    [Fact]
    public async Task Check_AsJson_IsOneDocument()
    {
        var ended = await new GatewayLaunch("check", "mine.json", "--json", "--CircuitBreakers:addEvent:Jitter=2") { Files = { ["mine.json"] = Broken() } }.RunAsync();

        Assert.Equal(1, ended.ExitCode);
        var document = JsonNode.Parse(string.Join('\n', ended.Output))!;
        Assert.Equal(("mine.json", false, 3, 0), (
            (string)document["file"]!, (bool)document["valid"]!, (int)document["errors"]!, (int)document["warnings"]!));
        var first = document["problems"]![0]!;
        Assert.Equal(["severity", "file", "line", "column", "path", "message", "allowed", "suggestion"], first.AsObject().Select(m => m.Key));
        Assert.Equal("event-api", (string)first["suggestion"]!);
        Assert.Equal("CircuitBreakers:addEvent:Jitter", (string)document["problems"]![2]!["variable"]!);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1, "--strict")]
    public async Task Check_WarningsAlone_CountWhenStrict(int exitCode, params string[] options)
    {
        var ended = await new GatewayLaunch(["check", .. options])
        {
            Files = { ["appsettings.json"] = ShippedFile.Edited(root => root["CircuitBreakers"]!["spare"] = new JsonObject()) },
        }.RunAsync();

        Assert.Equal(exitCode, ended.ExitCode);
        Assert.StartsWith("appsettings.json: 3 routes, 1 aggregation, 2 breakers, 1 warning", ended.Output[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_WhatNobodyDecided_IsToldWhenStrictAndFailsNothing()
    {
        var ended = await new GatewayLaunch("check", "--strict", "--json") { Files = { ["appsettings.json"] = ShippedFile.Edited(_ => { }) } }.RunAsync();

        Assert.Equal(0, ended.ExitCode);
        var document = JsonNode.Parse(string.Join('\n', ended.Output))!;
        Assert.Equal((true, 0, 0), ((bool)document["valid"]!, (int)document["errors"]!, (int)document["warnings"]!));
        Assert.Equal((int)document["notices"]!, document["problems"]!.AsArray().Count);
        Assert.All(document["problems"]!.AsArray(), problem => Assert.Equal("notice", (string)problem!["severity"]!));
        Assert.Contains(document["problems"]!.AsArray(), problem => (string)problem!["path"]! == "AuthorizationPolicies");
    }

    [Theory]
    [InlineData("check", "missing.json")]
    [InlineData("check", "--config", "missing.json")]
    [InlineData("--config", "missing.json", "check")]
    public async Task Check_FileThatCannotBeRead_IsNamedOnStandardError(params string[] arguments)
    {
        var ended = await new GatewayLaunch(arguments).RunAsync();

        Assert.Equal(2, ended.ExitCode);
        Assert.Contains("missing.json", Assert.Single(ended.Errors), StringComparison.Ordinal);
        Assert.Empty(ended.Output);
    }

    [Fact]
    public async Task Check_TwoFiles_SaysThatItTakesOne()
    {
        var ended = await new GatewayLaunch("check", "one.json", "two.json").RunAsync();

        Assert.Equal(78, ended.ExitCode);
        Assert.Equal("two.json: one file at a time.", Assert.Single(ended.Errors));
    }

    [Fact]
    public async Task Command_Misspelt_IsToldWithTheOneThatWasMeant()
    {
        var ended = await new GatewayLaunch("chekc").RunAsync();

        Assert.Equal(78, ended.ExitCode);
        Assert.Equal(["chekc: there is no such command or setting; did you mean 'check'?"], ended.Errors);
    }

    [Fact]
    public async Task Edit_WithWarnings_IsTakenUpAndTheyAreLogged()
    {
        var launch = new GatewayLaunch { Files = { ["appsettings.json"] = ShippedFile.Edited(root => root["Port"] = 0) } };
        launch.Variables.Remove("PORT");
        await using var gateway = await GatewayProcess.StartAsync(launch);

        gateway.Edit("appsettings.json", ShippedFile.Edited(root =>
        {
            root["Port"] = 4321;
            root["CircuitBreakers"]!["spare"] = new JsonObject();
        }));

        var warnings = await gateway.Output.FirstAsync(line => line.Contains("\"EventId\":404", StringComparison.Ordinal));
        Assert.Contains("warning: CircuitBreakers.spare: nothing uses this circuit breaker.", warnings, StringComparison.Ordinal);
        var port = await gateway.Output.FirstAsync(line => line.Contains("\"EventId\":405", StringComparison.Ordinal));
        Assert.Contains("a new port needs a restart", port, StringComparison.Ordinal);
    }

    private static string Broken() => ShippedFile.Edited(root =>
    {
        root["ReverseProxy"]!["Routes"]!["getUsers"]!["ClusterId"] = "event-ap";
        root["CircuitBreakers"]!["addEvent"]!["FailureThreshold"] = 0;
    });
}
