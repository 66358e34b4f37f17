using System.Text.RegularExpressions;

namespace EventGateway.Gateway.Tests;

/// <summary>docs/security.md: every control that it names has a test, and that test exists.</summary>
public sealed partial class ThreatModelTests
{
    private static readonly string[] Lines = File.ReadAllLines(Repository.PathOf("docs/security.md"));

    /// <summary>The tables of threats: threat, control, default or setting, proof.</summary>
    private static readonly string[][] Threats =
        [.. Lines.Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Select(Cells).Where(cells => cells.Length == 4 && cells[0] != "threat")];

    // Of the sources and not of the assemblies: proofs stand in all the test projects, and this one refers to none of the others.
    private static readonly HashSet<string> Tests =
    [
        .. Directory.EnumerateFiles(Repository.PathOf("tests"), "*Tests.cs", SearchOption.AllDirectories)
            .SelectMany(file => Fact().Matches(File.ReadAllText(file)).Select(test => $"{Path.GetFileNameWithoutExtension(file)}.{test.Groups["name"].Value}")),
    ];

    [Fact]
    public void Proofs_OfTheTables_AreTestsThatThereAre()
    {
        Assert.True(Threats.Length > 30, "the tables of docs/security.md can't be read");
        Assert.All(Threats, cells => Assert.All(cells, cell => Assert.NotEmpty(cell)));
        Assert.Empty(Threats.SelectMany(Proofs).Except(Tests));
    }

    [Fact]
    public void Threats_All_HaveAProof() =>
        Assert.Empty(Threats.Where(cells => !Proofs(cells).Any() || cells[3].Contains("TODO", StringComparison.Ordinal)).Select(cells => cells[0]));

    private static IEnumerable<string> Proofs(string[] cells) => Name().Matches(cells[3]).Select(name => name.Groups["name"].Value);

    private static string[] Cells(string row) => row.Trim('|').Split('|', StringSplitOptions.TrimEntries);

    [GeneratedRegex(@"\[(Fact|Theory)[^\]]*\](?:(?!\[Fact|\[Theory).)*?public (?:static )?(?:async Task|Task|void) (?<name>\w+)\(", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Fact();

    [GeneratedRegex(@"`(?<name>\w+Tests\.\w+)`", RegexOptions.ExplicitCapture)]
    private static partial Regex Name();
}
