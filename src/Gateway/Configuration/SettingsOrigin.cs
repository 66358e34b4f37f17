namespace EventGateway.Gateway.Configuration;

/// <summary>Where a value was written: a place in a file, counted from 1 as editors do, or a variable or command line setting.</summary>
public sealed record SettingsOrigin
{
    private SettingsOrigin()
    {
    }

    public string? File { get; private init; }

    /// <summary>Null where the whole file is meant.</summary>
    public int? Line { get; private init; }

    /// <summary>Null where the whole line is meant. Counts bytes, as compilers do.</summary>
    public int? Column { get; private init; }

    public string? Variable { get; private init; }

    public static SettingsOrigin InFile(string file, int? line = null, int? column = null) => new() { File = file, Line = line, Column = column };

    public static SettingsOrigin OfVariable(string name) => new() { Variable = name };

    /// <summary>In the form that editors and terminals make a link of: <c>appsettings.json:12:7</c>.</summary>
    public override string ToString() =>
        Variable ?? string.Join(':', new object?[] { File, Line, Column }.Where(part => part is not null));
}

/// <summary>A key of the configuration, by its JSON path (empty for the whole), and where it was written.</summary>
public sealed record SettingsPlace(SettingsOrigin Origin, string Path)
{
    // A variable that is named like its key needs no second naming.
    public override string ToString() =>
        Path.Length == 0 || Path.Equals(Origin.Variable, StringComparison.OrdinalIgnoreCase) ? Origin.ToString() : $"{Origin}: {Path}";
}
