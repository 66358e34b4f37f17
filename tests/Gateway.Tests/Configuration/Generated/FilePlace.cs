namespace EventGateway.Gateway.Tests.Configuration.Generated;

/// <summary>Finds places in indented JSON by its indentation alone, as a reader's eye does.</summary>
internal static class FilePlace
{
    private static readonly char[] Separators = ['.', '[', ']'];

    public static IReadOnlyList<string> KeysOf(string path) => path.Split(Separators, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The line, from 1, on which the value at this path begins.</summary>
    public static int LineOf(string text, string path)
    {
        var lines = text.Split('\n');
        var at = 0;
        var depth = 0;
        foreach (var key in KeysOf(path))
        {
            depth += 2;
            var inside = Enumerable.Range(at + 1, lines.Length - at - 1)
                .TakeWhile(i => Indentation(lines[i]) >= depth)
                .Where(i => Indentation(lines[i]) == depth && lines[i][depth] is not ('}' or ']'));
            at = int.TryParse(key, out var index)
                ? inside.ElementAt(index)
                : inside.First(i => lines[i].AsSpan(depth).StartsWith($"\"{key}\":", StringComparison.OrdinalIgnoreCase));
        }

        return at + 1;
    }

    private static int Indentation(string line) => line.Length - line.TrimStart().Length;
}
