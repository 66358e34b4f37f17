using System.Text.Json.Nodes;
using EventGateway.EndToEnd.Tests.Processes;

namespace EventGateway.EndToEnd.Tests.OpenApi;

/// <summary>
/// Redocly's linter takes the description, by its recommended rules: the program that <c>REDOCLY_CLI</c> names, or that of the npm package
/// <c>@redocly/cli</c> in a <c>node_modules</c> folder above these tests. Where there is none, this is skipped.
/// </summary>
public sealed class LintTests
{
    private const string File = "appsettings.json";
    private const string Description = "openapi.json";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Description_OfTheShippedFileAndOfARichOne_IsValid(bool rich)
    {
        var linter = Find();
        Assert.SkipWhen(linter is null, "Redocly's linter isn't there: `npm install @redocly/cli`, or name its program in REDOCLY_CLI.");
        Assert.SkipUnless(Launch.OnPath("node"), "Redocly's linter needs node, which isn't there.");
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch { Files = { [File] = ShippedFile.Edited(Edit) } });
        var description = await gateway.Client.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken);

        var lint = new Launch(linter!, "lint", "--extends", "recommended", "--max-problems", "20", Description)
        {
            Files = { [Description] = description },
            Variables = { ["REDOCLY_TELEMETRY"] = "off", ["REDOCLY_SUPPRESS_UPDATE_NOTICE"] = "true" },
        };
        await using var process = ProcessUnderTest.Start(lint);
        var ended = await process.WaitForExitAsync(TimeSpan.FromMinutes(2));

        var said = string.Join('\n', ended.Output.Concat(ended.Errors));
        Assert.True(ended.ExitCode == 0, said);
        Assert.Contains("Your API description is valid.", said, StringComparison.Ordinal);
        Assert.DoesNotContain("You have", said, StringComparison.Ordinal);   // warnings

        void Edit(JsonNode root)
        {
            root["PublicOpenApi"] = true;
            if (rich)
            {
                RichConfiguration.Edit(root);
            }
        }
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("REDOCLY_CLI") is { Length: > 0 } named)
        {
            return named;
        }

        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var program = Path.Combine(directory.FullName, "node_modules", ".bin", "redocly");
            if (System.IO.File.Exists(program))
            {
                return program;
            }
        }

        return null;
    }
}
