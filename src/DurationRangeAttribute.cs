using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;

namespace EventGateway;

/// <summary>The range of a duration, both ends included, each in the form <c>[d.]hh:mm:ss[.fff]</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DurationRangeAttribute : RangeAttribute
{
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "The base class asks for TimeSpan's converter, which trimming always keeps.")]
    public DurationRangeAttribute(string minimum, string maximum)
        : base(typeof(TimeSpan), minimum, maximum) =>
        ParseLimitsInInvariantCulture = true;
}
