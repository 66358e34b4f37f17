namespace EventGateway.Gateway.Configuration;

/// <summary>Which name was meant by one that doesn't exist.</summary>
internal static class Spelling
{
    /// <summary>The known name with the fewest slips of the finger between it and <paramref name="name"/>; null if all are too far away to be meant.</summary>
    public static string? Nearest(string name, IEnumerable<string> known)
    {
        string? nearest = null;
        var fewest = int.MaxValue;
        foreach (var candidate in known)
        {
            var slips = Slips(name.ToUpperInvariant(), candidate.ToUpperInvariant());
            if (slips < fewest && slips <= Tolerated(name, candidate))
            {
                (nearest, fewest) = (candidate, slips);
            }
        }

        return nearest;
    }

    // A third of the letters, and never all of them: of short names nearly every other would be "near".
    private static int Tolerated(string name, string candidate) =>
        Math.Min(Math.Max(1, Math.Max(name.Length, candidate.Length) / 3), Math.Min(name.Length, candidate.Length) - 1);

    // Letters added, left out, mistaken, or swapped with their neighbour (Damerau-Levenshtein distance, each letter touched once).
    private static int Slips(string a, string b)
    {
        var table = new int[a.Length + 1][];
        for (var i = 0; i <= a.Length; i++)
        {
            table[i] = new int[b.Length + 1];
            for (var j = 0; j <= b.Length; j++)
            {
                table[i][j] = i == 0 || j == 0
                    ? i + j
                    : Math.Min(
                        Math.Min(table[i - 1][j], table[i][j - 1]) + 1,
                        table[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    table[i][j] = Math.Min(table[i][j], table[i - 2][j - 2] + 1);
                }
            }
        }

        return table[a.Length][b.Length];
    }
}
