using Microsoft.AspNetCore.Routing.Constraints;
using Microsoft.AspNetCore.Routing.Patterns;

namespace EventGateway.Gateway.Configuration;

/// <summary>The texts that a parameter of a path takes, as far as its constraints tell: never fewer than it does.</summary>
internal sealed record ParameterTexts
{
    [Flags]
    private enum Kinds
    {
        Whole = 1,      // 5
        Boolean = 2,    // true
        Letters = 4,
        Guid = 8,
        Dotted = 16,    // 1.5, file.txt
        Other = 32,
        All = Whole | Boolean | Letters | Guid | Dotted | Other,
    }

    private static readonly ParameterTexts Any = new();

    private Kinds Kind { get; init; } = Kinds.All;

    private (long Least, long Most) Number { get; init; } = (long.MinValue, long.MaxValue);   // of whole ones

    private (long Least, long Most) Length { get; init; } = (0, long.MaxValue);

    public static ParameterTexts Of(RoutePatternParameterPart parameter) =>
        parameter.ParameterPolicies.Aggregate(Any, (texts, policy) => texts.NarrowedBy(PathPattern.Resolve(policy.Content!)));

    /// <summary>Whether there is certainly no text that both take.</summary>
    public bool Excludes(ParameterTexts other)
    {
        var (kind, number, length) = (Kind & other.Kind, Common(Number, other.Number), Common(Length, other.Length));
        return kind == 0 || length.Least > length.Most || (kind == Kinds.Whole && number.Least > number.Most);
    }

    // Hexadecimal texts of 32 digits could be letters or a number, and a guid besides: nobody who writes one of these constraints means them.
    private ParameterTexts NarrowedBy(IRouteConstraint? constraint) => constraint switch
    {
        IntRouteConstraint => Whole(int.MinValue, int.MaxValue),
        LongRouteConstraint => Whole(long.MinValue, long.MaxValue),
        MinRouteConstraint min => Whole(min.Min, long.MaxValue),
        MaxRouteConstraint max => Whole(long.MinValue, max.Max),
        RangeRouteConstraint range => Whole(range.Min, range.Max),
        DecimalRouteConstraint or DoubleRouteConstraint or FloatRouteConstraint => Only(Kinds.Whole | Kinds.Dotted | Kinds.Other),
        BoolRouteConstraint => Only(Kinds.Boolean),
        AlphaRouteConstraint => Only(Kinds.Letters | Kinds.Boolean),
        GuidRouteConstraint => Only(Kinds.Guid),
        DateTimeRouteConstraint => Only(Kinds.Letters | Kinds.Dotted | Kinds.Other),
        FileNameRouteConstraint => Only(Kinds.Dotted),
        NonFileNameRouteConstraint => Only(Kinds.All & ~Kinds.Dotted),
        LengthRouteConstraint length => Sized(length.MinLength, length.MaxLength),
        MinLengthRouteConstraint length => Sized(length.MinLength, long.MaxValue),
        MaxLengthRouteConstraint length => Sized(0, length.MaxLength),
        _ => this,
    };

    private ParameterTexts Only(Kinds kinds) => this with { Kind = Kind & kinds };

    private ParameterTexts Whole(long least, long most) => Only(Kinds.Whole) with { Number = Common(Number, (least, most)) };

    private ParameterTexts Sized(long least, long most) => this with { Length = Common(Length, (least, most)) };

    private static (long Least, long Most) Common((long Least, long Most) one, (long Least, long Most) other) =>
        (Math.Max(one.Least, other.Least), Math.Min(one.Most, other.Most));
}
