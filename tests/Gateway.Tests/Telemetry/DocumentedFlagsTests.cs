using System.Reflection;
using System.Text.RegularExpressions;
using EventGateway.Aggregator;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Telemetry;
using Microsoft.Extensions.Primitives;

namespace EventGateway.Gateway.Tests.Telemetry;

/// <summary>The table of docs/logs.md has every flag that the access line can show, and no other.</summary>
public sealed partial class DocumentedFlagsTests
{
    [Fact]
    public void Table_OfFlags_HasEachOnceAndNoOther()
    {
        var document = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "logs.md"));
        var documented = Row().Matches(document[document.IndexOf("## The flag", StringComparison.Ordinal)..]).Select(row => row.Groups["flag"].Value);

        Assert.Equal(Flags().Distinct().Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Flags() =>
    [
        .. Enum.GetValues<CallCause>().Where(cause => cause != CallCause.None).Select(cause => cause.ToLabel()),
        .. Enum.GetValues<AggregationError>().Select(error => error.ToLabel()),
        .. typeof(GatewayError).GetProperties(BindingFlags.Public | BindingFlags.Static).Select(property => ((GatewayError)property.GetValue(null)!).Code),
        .. typeof(GatewayError).GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Where(method => method.ReturnType == typeof(GatewayError) && !method.IsSpecialName)
            .Select(method => ((GatewayError)method.Invoke(null, [.. method.GetParameters().Select(SampleOf)])!).Code),
    ];

    // An error made of something new needs a sample here, and its flag a row in the document.
    private static object SampleOf(ParameterInfo parameter) => parameter.ParameterType switch
    {
        var type when type == typeof(string) => "sample",
        var type when type == typeof(StringValues) => StringValues.Empty,
        var type when type == typeof(int) => 400,
        var type when type == typeof(long) => 400L,
        var type when type == typeof(TimeSpan) => TimeSpan.Zero,
        var type when type == typeof(CircuitRejection) => new CircuitRejection(CircuitState.Open, TimeSpan.Zero),
        var type when type == typeof(AggregationFailure) => new AggregationFailure(AggregationError.NotFound, "sample", null, null, null),
        var type => throw new NotSupportedException($"No sample of {type}."),
    };

    [GeneratedRegex(@"^\| `(?<flag>[a-z0-9_]+)` \| (client|upstream|gateway|–) \| ", RegexOptions.Multiline)]
    private static partial Regex Row();
}
