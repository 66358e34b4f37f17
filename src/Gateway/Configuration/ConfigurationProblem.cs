using System.Text;

namespace EventGateway.Gateway.Configuration;

/// <summary>One mistake in what an operator wrote. The check's output, the log, and the lines at start are all made of it.</summary>
public sealed record ConfigurationProblem(SettingsPlace Place, string Message, Severity Severity = Severity.Error)
{
    /// <summary>Other places that contradict <see cref="Place"/>: any of them may be the one to change.</summary>
    public IReadOnlyList<SettingsPlace> Related { get; init; } = [];

    /// <summary>What could stand there; null where the message is clear without.</summary>
    public string? Allowed { get; init; }

    /// <summary>What was probably meant.</summary>
    public string? Suggestion { get; init; }

    public bool IsWarning => Severity == Severity.Warning;

    /// <summary>JSON path of the key.</summary>
    public string Path => Place.Path;

    /// <summary>Where the key was written, e.g. <c>appsettings.json:12:7</c> or <c>PORT</c>.</summary>
    public string Origin => Place.Origin.ToString();

    /// <summary>What is wrong, in the words of <see cref="ToString"/>.</summary>
    public string Text
    {
        get
        {
            var text = new StringBuilder(Message.TrimEnd('.'));
            if (Allowed is not null)
            {
                text.Append("; ").Append(Allowed);
            }

            text.Append(Suggestion is null ? "." : $"; did you mean '{Suggestion}'?");
            return Related.Count == 0 ? text.ToString() : text.Append(" See also ").AppendJoin(", ", Related.Select(Short)).Append('.').ToString();
        }
    }

    /// <summary>One line in the form of compilers: place, severity, key, what is wrong.</summary>
    public override string ToString()
    {
        var key = Place.Key.Length == 0 ? "" : $" {Place.Key}:";
        return $"{Origin}: {Severity.ToLabel()}:{key} {Text}";
    }

    private static string Short(SettingsPlace place) => place.Origin.File is null ? place.Origin.ToString() : $"{place.Path} ({place.Origin})";
}

/// <summary>How bad it is.</summary>
public enum Severity
{
    /// <summary>Nothing of the configuration serves.</summary>
    Error,

    /// <summary>It serves, and is hardly meant so.</summary>
    Warning,

    /// <summary>Nothing is wrong, but somebody should have decided so.</summary>
    Notice,
}

internal static class SeverityExtensions
{
    public static string ToLabel(this Severity severity) => severity switch
    {
        Severity.Error => "error",
        Severity.Warning => "warning",
        Severity.Notice => "notice",
        _ => throw new ArgumentOutOfRangeException(nameof(severity), severity, null),
    };
}
