namespace EventGateway.EndToEnd.Tests;

/// <summary>The headings of docs/operations.md, and the fragments by which links reach those of any document.</summary>
internal static class Runbook
{
    public const string File = "docs/operations.md";

    private static readonly string[] Lines = Repository.Read(File).Split('\n');

    /// <summary>The alerts that have an entry.</summary>
    public static IReadOnlyList<string> Entries { get; } =
        [.. Lines.SkipWhile(line => line != "## Runbook").Where(line => line.StartsWith("### ", StringComparison.Ordinal)).Select(line => line[4..])];

    /// <summary>What may stand behind <c>#</c> in a link to a document.</summary>
    public static IReadOnlySet<string> AnchorsOf(string document) => Repository.Read(document).Split('\n')
        .Where(line => line.StartsWith('#'))
        .Select(line => line.TrimStart('#').Trim().Replace(' ', '-').ToLowerInvariant())
        .ToHashSet();

    /// <summary>The lines of an entry, without its heading.</summary>
    public static IEnumerable<string> Entry(string alert) =>
        Lines.SkipWhile(line => line != $"### {alert}").Skip(1).TakeWhile(line => !line.StartsWith('#'));
}
