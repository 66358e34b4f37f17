using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace EventGateway.MockUpstream.Faults;

/// <summary>The dials of one endpoint. Their names and ranges are those of <c>PUT /__mock/faults</c>.</summary>
internal record EndpointFaults
{
    protected const int TenMinutesMs = 600_000;

    [Range(0, TenMinutesMs)]
    public int LatencyMs { get; init; }

    [Range(0.0, 1.0)]
    public double FailureShare { get; init; }

    public FailureKind Failure { get; init; } = FailureKind.Reset;

    /// <summary>What <see cref="FailureKind.Status"/> answers.</summary>
    [Range(400, 599)]
    public int Status { get; init; } = StatusCodes.Status503ServiceUnavailable;

    /// <summary>The Retry-After header of error answers, as it is sent. Null: none.</summary>
    [MinLength(1)]
    [RegularExpression("[\x20-\x7e]+", ErrorMessage = "The field RetryAfter must be printable ASCII.")]
    public string? RetryAfter { get; init; }
}

/// <summary>The dials of <c>addEvent</c>: it also fails by turns.</summary>
internal sealed record AddEventFaults : EndpointFaults, IValidatableObject
{
    private const int Last = 1;

    [Range(0, int.MaxValue), JsonPropertyOrder(Last)]
    public int Succeed { get; init; }

    [Range(0, int.MaxValue), JsonPropertyOrder(Last)]
    public int Fail { get; init; }

    [Range(0, TenMinutesMs), JsonPropertyOrder(Last)]
    public int FailLatencyMs { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => Succeed == 0 && Fail == 0
        ? [new ValidationResult("The fields Succeed and Fail can't both be 0.", [nameof(Succeed), nameof(Fail)])]
        : [];
}
