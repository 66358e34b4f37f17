namespace EventGateway.Gateway.Configuration;

/// <summary>Where a value was written: a place in a file, counted from 1 as editors do, a variable or command line setting, or a variable in a file.</summary>
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

    /// <summary>A variable in <c>.env</c>.</summary>
    public static SettingsOrigin OfVariableIn(string file, int? line, string name) => new() { File = file, Line = line, Variable = name };

    /// <summary>In the form that editors and terminals make a link of: <c>appsettings.json:12:7</c>.</summary>
    public override string ToString() =>
        File is null ? Variable! : string.Join(':', new object?[] { File, Line, Column }.Where(part => part is not null));
}

/// <summary>A key of the configuration, by its JSON path (empty for the whole), and where it was written.</summary>
public sealed record SettingsPlace(SettingsOrigin Origin, string Path)
{
    /// <summary>The path where it needs telling, or the variable where there is none: an origin that is named like its key says it already.</summary>
    public string Key => Path.Length == 0 && Origin is { File: not null, Variable: { } variable } ? variable
        : Path.Equals(Origin.ToString(), StringComparison.OrdinalIgnoreCase) ? ""
        : Path;

    public override string ToString() => Key.Length == 0 ? Origin.ToString() : $"{Origin}: {Key}";
}
