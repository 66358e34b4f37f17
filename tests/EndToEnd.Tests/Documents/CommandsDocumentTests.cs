using System.Text.RegularExpressions;
using EventGateway.EndToEnd.Tests.Processes;

namespace EventGateway.EndToEnd.Tests.Documents;

/// <summary>
/// Every <c>console</c> block of docs/commands.md is a command and what it prints, with the shipped configuration. Here a shell runs it.
/// </summary>
public sealed partial class CommandsDocumentTests
{
    private static readonly string Document = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "commands.md"));

    public static TheoryData<string> Blocks { get; } = [.. ConsoleBlock().Matches(Document).Select(match => match.Groups["block"].Value)];

    [Theory]
    [MemberData(nameof(Blocks))]
    public async Task Document_Command_PrintsWhatTheDocumentSays(string block)
    {
        Assert.SkipUnless(Launch.OnPath("bash"), "The commands are for a shell: bash isn't there.");
        var lines = block.TrimEnd().Split('\n');
        var length = lines[0].EndsWith("<<'END'", StringComparison.Ordinal) ? Array.IndexOf(lines, "END") + 1 : 1;
        var script = $"eventgateway() {{ {GatewayLaunch.Command} \"$@\"; }}\n{string.Join('\n', lines[..length])[2..]}";

        var shipped = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), TestContext.Current.CancellationToken);
        var ended = await new Launch("bash", "-c", script) { Files = { ["appsettings.json"] = shipped } }.RunAsync();
        Assert.Empty(ended.Errors);
        Assert.Equal(string.Join('\n', lines[length..]), string.Join('\n', ended.Output).TrimEnd());
    }

    [Fact]
    public void Document_HasABlockForEveryCommand() => Assert.All(
        ["check", "explain", "simulate"],
        command => Assert.Contains(Blocks, block => block.Data.StartsWith($"$ eventgateway {command}", StringComparison.Ordinal)));

    [GeneratedRegex(@"^```console\n(?<block>\$ .*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ConsoleBlock();
}
