using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using EventGateway.Aggregator;

namespace EventGateway.Gateway.Configuration;

/// <summary>
/// Turns settings into options objects, our own and YARP's alike, and finds every mistake on the way: unknown keys, wrong types,
/// values out of range. The framework's binder stops at the first wrong type, names no line, and takes a typing error in a
/// key for nothing at all.
/// </summary>
[UnconditionalSuppressMessage("Trimming", "IL2026", Justification = WholeTypes)]
[UnconditionalSuppressMessage("Trimming", "IL2067", Justification = WholeTypes)]
[UnconditionalSuppressMessage("Trimming", "IL2070", Justification = WholeTypes)]
[UnconditionalSuppressMessage("Trimming", "IL2091", Justification = WholeTypes)]
[UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Lists and dictionaries of objects share code; for others the code is there that makes the properties' defaults.")]
internal static class OptionsReader
{
    // Tells editors which keys there are; means nothing to the gateway.
    internal const string SchemaKey = "$schema";

    private const string WholeTypes = "The assemblies that options come from, the gateway's own and YARP's, are compiled whole: Gateway.csproj.";

    public static T Read<T>(SettingsNode node, ProblemList problems)
        where T : class =>
        (T?)ReadValue(typeof(T), node, problems) ?? Activator.CreateInstance<T>();

    private static object? ReadValue(Type type, SettingsNode node, ProblemList problems, PropertyInfo? property = null)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (node.Kind == SettingsKind.Scalar && node.Value is null)
        {
            return null;
        }

        if (ElementOf(type, typeof(IReadOnlyDictionary<,>)) is { } valueType)
        {
            return Expect(node, SettingsKind.Object, problems) ? ReadDictionary(valueType, node, problems) : null;
        }

        if (type != typeof(string) && ElementOf(type, typeof(IEnumerable<>)) is { } itemType)
        {
            return Expect(node, SettingsKind.List, problems) ? ReadList(itemType, node, problems) : null;
        }

        if (type.IsEnum && node.Kind == SettingsKind.List)
        {
            return ReadFlags(type, node, problems);
        }

        var fromText = IsScalar(type) || (node.Kind == SettingsKind.Scalar && IsTextOrMembers(type));
        if (fromText)
        {
            return Expect(node, SettingsKind.Scalar, problems) ? ReadScalar(type, node, problems, property) : null;
        }

        if (!Expect(node, SettingsKind.Object, problems))
        {
            return null;
        }

        return IsTextOrMembers(type) ? ReadMembers(node, problems) : ReadObject(type, node, problems);
    }

    // An aggregation's output: the name of one step, or an object whose members are the author's to name.
    internal static bool IsTextOrMembers(Type type) => type == typeof(OutputOptions);

    private static OutputOptions ReadMembers(SettingsNode node, ProblemList problems) =>
        new() { Members = (Dictionary<string, string>)ReadValue(typeof(Dictionary<string, string>), node, problems)! };

    private static object? ReadObject(Type type, SettingsNode node, ProblemList problems)
    {
        var result = Activator.CreateInstance(type)!;
        var properties = PropertiesOf(type);
        var misread = new HashSet<string>();
        foreach (var (key, child) in node.Children.Where(c => node.Path.Length > 0 || c.Key != SchemaKey))
        {
            var property = Array.Find(properties, p => string.Equals(p.Name, key, StringComparison.OrdinalIgnoreCase));
            if (property is null)
            {
                child.Misread = Misread.Structure;
                problems.Add(ProblemList.UnknownName(child.Place, "there is no such key here", key, properties.Select(p => p.Name)));
                continue;
            }

            var before = problems.All.Count;
            if (ReadValue(property.PropertyType, child, problems, property) is { } value)
            {
                property.SetValue(result, value);
            }

            if (problems.All.Count > before)
            {
                misread.Add(property.Name);
            }
        }

        CheckEach(result, properties.Where(p => !misread.Contains(p.Name)), node, problems);
        CheckTogether(result, misread, node, problems);
        return result;
    }

    private static void CheckEach(object options, IEnumerable<PropertyInfo> properties, SettingsNode node, ProblemList problems)
    {
        foreach (var property in properties)
        {
            var value = property.GetValue(options);
            foreach (var rule in property.GetCustomAttributes<ValidationAttribute>().Where(rule => !rule.IsValid(value)))
            {
                (node[property.Name] ?? node).Misread = rule is RequiredAttribute or MinLengthAttribute ? Misread.Structure : Misread.Value;
                problems.Add(Explain(rule, property, value, node.PlaceOf(property.Name)));
            }
        }
    }

    // What could not be read has its default still; comparing with that would tell of mistakes that nobody made.
    private static void CheckTogether(object options, HashSet<string> misread, SettingsNode node, ProblemList problems)
    {
        foreach (var failure in (options as IValidatableObject)?.Validate(new ValidationContext(options)) ?? [])
        {
            if (!failure.MemberNames.Any(misread.Contains))
            {
                var culprits = failure.MemberNames.Select(m => node[m]?.Place).OfType<SettingsPlace>().ToList();
                problems.Error(culprits is [] ? [node.Place] : culprits, failure.ErrorMessage!);
            }
        }
    }

    private static ConfigurationProblem Explain(ValidationAttribute rule, PropertyInfo property, object? value, SettingsPlace place) => rule switch
    {
        RangeAttribute => new(place, $"{Text(value)} is out of range") { Allowed = RangeOf(property) },
        RequiredAttribute => new(place, $"{property.Name} is missing."),
        MinLengthAttribute => new(place, $"{property.Name} must not be empty."),
        _ => new(place, rule.FormatErrorMessage(property.Name)),
    };

    private static string? RangeOf(PropertyInfo? property) => property?.GetCustomAttribute<RangeAttribute>() is { } range
        ? $"{property.Name} goes from {(range.MinimumIsExclusive ? "above " : "")}{Text(range.Minimum)} to {Text(range.Maximum)}"
        : null;

    private static string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "null";

    private static object ReadDictionary(Type valueType, SettingsNode node, ProblemList problems)
    {
        var result = (IDictionary)Activator.CreateInstance(
            typeof(Dictionary<,>).MakeGenericType(typeof(string), valueType), StringComparer.OrdinalIgnoreCase)!;
        foreach (var (key, child) in node.Children)
        {
            if (ReadValue(valueType, child, problems) is { } value)
            {
                result[key] = value;
            }
        }

        return result;
    }

    private static object ReadList(Type itemType, SettingsNode node, ProblemList problems)
    {
        var result = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(itemType))!;
        foreach (var (_, child) in node.Children)
        {
            if (ReadValue(itemType, child, problems) is { } value)
            {
                result.Add(value);
            }
            else if (child is { Kind: SettingsKind.Scalar, Value: null })
            {
                child.Misread = Misread.Structure;
                problems.Error(child, "an item of a list can't be null.");
            }
        }

        return result;
    }

    private static object ReadFlags(Type type, SettingsNode node, ProblemList problems)
    {
        var flags = 0L;
        foreach (var (_, child) in node.Children)
        {
            if (ReadScalar(type, child, problems) is { } flag)
            {
                flags |= Convert.ToInt64(flag, CultureInfo.InvariantCulture);
            }
        }

        return Enum.ToObject(type, flags);
    }

    private static object? ReadScalar(Type type, SettingsNode node, ProblemList problems, PropertyInfo? property = null)
    {
        var text = node.Value!;
        if (type == typeof(string))
        {
            return text;
        }

        try
        {
            // Enum.Parse takes numbers too, and combinations by comma: neither was meant by anybody who wrote them.
            if (type.IsEnum && !Enum.GetNames(type).Contains(text, StringComparer.OrdinalIgnoreCase))
            {
                throw new FormatException();
            }

            // The framework's converters would take 0x1F, #1F and NaN.
            return type switch
            {
                _ when type == typeof(int) => int.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture),
                _ when type == typeof(long) => long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture),
                _ when type == typeof(double) => ReadFinite(text),
                _ when type == typeof(TimeSpan) => DurationText.Parse(text),
                _ when type == typeof(bool) => bool.Parse(text),
                _ when type == typeof(OutputOptions) => OutputOptions.Of(text),
                _ when type == typeof(Uri) => new Uri(text, UriKind.RelativeOrAbsolute),
                _ when type == typeof(Version) => Version.Parse(text),
                _ when type.IsEnum => Enum.Parse(type, text, ignoreCase: true),
                _ => throw new NotSupportedException($"Nothing reads a {type}."),
            };
        }
        catch (Exception e) when (e is FormatException or ArgumentException or OverflowException)
        {
            node.Misread = Misread.Value;
            var range = RangeOf(property);
            problems.Add(new ConfigurationProblem(node.Place, $"'{text}' is not {Describe(type)}{(range is null && IsWhole(type) ? " in range" : "")}")
            {
                Allowed = range,
                Suggestion = type.IsEnum ? Spelling.Nearest(text, Enum.GetNames(type)) : null,
            });
            return null;
        }
    }

    private static double ReadFinite(string text)
    {
        var number = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        return double.IsFinite(number) ? number : throw new FormatException();
    }

    private static string Describe(Type type) =>
        IsWhole(type) ? "a whole number"
        : type == typeof(double) ? "a number"
        : type == typeof(bool) ? "true or false"
        : type == typeof(TimeSpan) ? "a duration in the form hh:mm:ss or hh:mm:ss.fff"
        : type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type))}"
        : $"a valid {type.Name}";

    private static bool IsWhole(Type type) => type == typeof(int) || type == typeof(long);

    internal static bool IsScalar(Type type) =>
        IsWhole(type) || type.IsEnum || type == typeof(double) || type == typeof(bool) || type == typeof(string) || type == typeof(TimeSpan)
        || type == typeof(Uri) || type == typeof(Version);

    private static bool Expect(SettingsNode node, SettingsKind kind, ProblemList problems)
    {
        if (node.Kind == kind)
        {
            return true;
        }

        node.Misread = Misread.Structure;
        problems.Error(node, kind switch
        {
            SettingsKind.Object => "this must be an object: { … }.",
            SettingsKind.List => "this must be a list: [ … ].",
            _ => "this must be a single value.",
        });
        return false;
    }

    internal static PropertyInfo[] PropertiesOf(Type type) =>
        [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite && p.GetIndexParameters().Length == 0)];

    // The last type argument of the wanted generic interface: the item of a list, the value of a dictionary.
    internal static Type? ElementOf(Type type, Type generic) =>
        type.GetInterfaces().Append(type)
            .FirstOrDefault(i => i.IsGenericType && i.GetGenericTypeDefinition() == generic)
            ?.GetGenericArguments()[^1];
}
