using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace EventGateway.Aggregator;

/// <summary>A path with placeholders: <c>/getEventById/{item}</c>. Literal text stands as it will be sent.</summary>
internal sealed class PathTemplate
{
    /// <summary>The placeholder for the entry that a repeated step is called for.</summary>
    public const string Item = "item";

    private static readonly SearchValues<char> UrlCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/?%");

    private readonly string[] _literals;   // one more than names: text before, between and after the placeholders

    private PathTemplate(string[] literals, string[] names)
    {
        _literals = literals;
        Names = names;
    }

    public IReadOnlyList<string> Names { get; }

    /// <summary>Whether every placeholder stands alone between slashes, and there is no query.</summary>
    public bool HasWholeSegmentsOnly =>
        Enumerable.Range(0, Names.Count).All(i => _literals[i].EndsWith('/') && (_literals[i + 1] is "" || _literals[i + 1][0] == '/'))
        && !_literals.Any(literal => literal.Contains('?', StringComparison.Ordinal));

    public static bool TryParse(string text, [NotNullWhen(true)] out PathTemplate? template, [NotNullWhen(false)] out string? problem)
    {
        template = null;
        var literals = new List<string>();
        var names = new List<string>();
        var rest = text.AsSpan();
        while (rest.IndexOf('{') is var open and >= 0)
        {
            var length = rest[(open + 1)..].IndexOf('}');
            if (length < 0)
            {
                problem = $"'{text}' has a '{{' without '}}'.";
                return false;
            }

            literals.Add(rest[..open].ToString());
            names.Add(rest.Slice(open + 1, length).ToString());
            rest = rest[(open + length + 2)..];
        }

        literals.Add(rest.ToString());
        problem = FindProblem(text, literals, names);
        template = problem is null ? new([.. literals], [.. names]) : null;
        return template is not null;
    }

    /// <summary>The path with encoded values, one for each of <see cref="Names"/>, in the placeholders' stead, behind a prefix.</summary>
    public string Expand(ReadOnlySpan<string> values, string prefix)
    {
        if (values is [var only])
        {
            return string.Concat(prefix, _literals[0], only, _literals[1]);
        }

        var pieces = new string[1 + _literals.Length + values.Length];
        pieces[0] = prefix;
        for (var i = 0; i < values.Length; i++)
        {
            pieces[(2 * i) + 1] = _literals[i];
            pieces[(2 * i) + 2] = values[i];
        }

        pieces[^1] = _literals[^1];
        return string.Concat(pieces);
    }

    private static string? FindProblem(string text, List<string> literals, List<string> names)
    {
        if (!text.StartsWith('/'))
        {
            return $"'{text}' doesn't begin with '/'.";
        }

        if (names.Find(name => !IsName(name)) is { } badName)
        {
            return $"'{{{badName}}}' in '{text}' is no placeholder: a name has letters, digits and '_', and begins with a letter.";
        }

        foreach (var literal in literals)
        {
            if (literal.Contains('}', StringComparison.Ordinal))
            {
                return $"'{text}' has a '}}' without '{{'.";
            }

            if (literal.AsSpan().IndexOfAnyExcept(UrlCharacters) is var at and >= 0)
            {
                return $"'{text}' has '{literal[at]}', which must be percent-encoded.";
            }
        }

        return null;
    }

    private static bool IsName(string name) =>
        name.Length > 0 && char.IsAsciiLetter(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
