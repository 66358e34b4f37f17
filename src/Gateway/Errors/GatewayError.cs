using System.Globalization;
using EventGateway.Aggregator;
using EventGateway.CircuitBreaking;
using Microsoft.Extensions.Primitives;

namespace EventGateway.Gateway.Errors;

/// <summary>
/// An error that the gateway itself answers with. <paramref name="Code"/> is stable and meant for programs,
/// <paramref name="Detail"/> is meant for people and names the culprit, never an upstream address or an exception.
/// </summary>
internal sealed record GatewayError(int Status, string Code, string Detail)
{
    private static volatile GatewayError? _lastOpen;

    /// <summary>The original API's short <c>error</c> text; the status's phrase where the original had none.</summary>
    public string? Error { get; init; }

    /// <summary>The member of the request body that is at fault.</summary>
    public string? Member { get; init; }

    /// <summary>The aggregation's step that failed.</summary>
    public string? Step { get; init; }

    /// <summary>The item of the step that failed.</summary>
    public string? Item { get; init; }

    /// <summary>Seconds after which another try makes sense: header and body say the same.</summary>
    public long? RetryAfterSeconds
    {
        get;
        init
        {
            field = value;
            RetryAfterHeader = value?.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>The same as the header has it; the error of an open breaker is written as often as clients ask.</summary>
    public string? RetryAfterHeader { get; private init; }

    /// <summary>State of the breaker that rejected the call, in the original API's spelling.</summary>
    public string? CircuitBreakerState { get; init; }

    /// <summary>What a client may try to be let in: the values of <c>WWW-Authenticate</c>.</summary>
    public StringValues Challenge { get; init; }

    /// <summary>Whether the connection can't be used any further, since what follows in it may not be a request.</summary>
    public bool CloseConnection { get; init; }

    /// <summary>The label of <c>gateway_requests_rejected_total</c>, where the gateway refused the request by itself.</summary>
    public RejectionReason? Rejection { get; init; }

    public static GatewayError NotFound { get; } =
        new(404, "no_route", "There is nothing at this path.") { Rejection = RejectionReason.NoRoute };

    public static GatewayError BadPath { get; } =
        new(400, "bad_path", "The path has a segment that is empty, a dot segment in whatever spelling, not UTF-8, or holds a broken escape or a control character.")
        {
            Rejection = RejectionReason.Validation,
        };

    /// <summary>RFC 9110 §15.5.20.</summary>
    public static GatewayError Misdirected { get; } =
        new(421, "misdirected", "This gateway doesn't answer for the host that the request names.") { Rejection = RejectionReason.Validation };

    /// <summary>Of a request that could be sent to the HTTPS port if it said under which name.</summary>
    public static GatewayError HttpsRequired { get; } =
        new(403, "https_required", "This gateway answers over HTTPS only, and the request names no host at which it could be asked so.")
        {
            Rejection = RejectionReason.Validation,
        };

    public static GatewayError ConflictingFraming { get; } =
        new(400, "conflicting_framing", "The request has both Content-Length and Transfer-Encoding.")
        {
            CloseConnection = true,
            Rejection = RejectionReason.Validation,
        };

    public static GatewayError UnsupportedTransferCoding { get; } =
        new(400, "unsupported_transfer_coding", "The request's Transfer-Encoding is not chunked alone, or it comes with HTTP/1.0.")
        {
            CloseConnection = true,
            Rejection = RejectionReason.Validation,
        };

    public static GatewayError Internal { get; } = new(500, "internal", "The gateway failed to handle this request.");

    public static GatewayError BadGateway { get; } = new(502, "upstream_failed", "The event service gave no usable answer.");

    public static GatewayError NoDestination { get; } = new(503, "no_destination", "No destination of the event service is available.");

    public static GatewayError GatewayTimeout { get; } = new(504, "upstream_timeout", "The event service did not answer in time.");

    /// <summary>Of one that waited for another's call, whom the upstream told so.</summary>
    public static GatewayError UpstreamUnavailable { get; } =
        new(503, "upstream_unavailable", "The event service says that it is unavailable. Please try again later.") { Error = "Service temporarily unavailable" };

    public static GatewayError ForeignHost { get; } =
        new(403, "foreign_host", "The management port is reached as localhost or by its IP address, and the Host header has another name.");

    public static GatewayError ForeignOrigin { get; } = new(403, "foreign_origin", "This request was sent by a web page of another origin.");

    public static GatewayError ChangesOff { get; } =
        new(403, "changes_off", "Changes through the admin API are off: the gateway was started without ADMIN_TOKEN.");

    public static GatewayError WrongToken { get; } =
        new(401, "wrong_token", "A change needs the header 'Authorization: Bearer …' with the ADMIN_TOKEN that the gateway was started with.")
        {
            Challenge = "Bearer",
        };

    /// <summary>The client hasn't said, or not proven, who it is.</summary>
    public static GatewayError Unauthenticated(string detail, StringValues challenge) =>
        new(401, "unauthenticated", detail) { Challenge = challenge, Rejection = RejectionReason.Auth };

    /// <summary>It has, and that isn't enough.</summary>
    public static GatewayError Forbidden(StringValues challenge) =>
        new(403, "forbidden", "This client may not do this.") { Challenge = challenge, Rejection = RejectionReason.Auth };

    /// <summary>A token that may well be good can't be judged; another try makes sense after <paramref name="wait"/>.</summary>
    public static GatewayError AuthenticationUnavailable(TimeSpan wait) =>
        new(503, "authentication_unavailable", "The bearer token can't be checked at present. Please try again later.")
        {
            Error = "Service temporarily unavailable",
            RetryAfterSeconds = WholeSeconds(wait),
            Rejection = RejectionReason.Auth,
        };

    public static GatewayError NoBreaker(string detail) => new(404, "no_breaker", detail);

    public static GatewayError MethodNotAllowed(string method) =>
        new(405, "method_not_allowed", $"This path doesn't take {method}; the Allow header says what it does.") { Rejection = RejectionReason.Method };

    /// <summary>What reading the request's body ended with: Kestrel's own status, and nothing more can be read from this client.</summary>
    public static GatewayError UnreadableBody(int status) => new(status, "unreadable_body", status switch
    {
        408 => "The request body arrived too slowly.",
        _ => "The request body could not be read.",
    })
    {
        CloseConnection = true,
        Rejection = RejectionReason.Validation,
    };

    public static GatewayError TooLarge(long limit) =>
        new(413, "too_large", $"The request body is larger than {limit} bytes.") { CloseConnection = true, Rejection = RejectionReason.TooLarge };

    public static GatewayError UnsupportedMediaType(string detail) =>
        new(415, "unsupported_media_type", detail) { Rejection = RejectionReason.MediaType };

    public static GatewayError InvalidBody(string? member, string detail) =>
        new(400, "invalid_body", detail) { Member = member, Rejection = RejectionReason.Validation };

    public static GatewayError CircuitOpen(CircuitRejection rejection)
    {
        // During an outage that is the same for a second, however many ask.
        var (state, seconds) = (Spell(rejection.State), WholeSeconds(rejection.RetryAfter));
        return _lastOpen is { } last && last.RetryAfterSeconds == seconds && last.CircuitBreakerState == state ? last : _lastOpen = CircuitOpen(state, seconds);
    }

    private static GatewayError CircuitOpen(string state, long seconds) =>
        new(503, "circuit_open", "Event service is currently experiencing issues. Please try again later.")
        {
            Error = "Service temporarily unavailable",
            RetryAfterSeconds = seconds,
            CircuitBreakerState = state,
        };

    /// <summary>The cluster has no place for the call, and after <paramref name="wait"/> still had none.</summary>
    public static GatewayError Overloaded(TimeSpan wait) =>
        new(503, "overloaded", "The event service has as many requests as it can take. Please try again later.")
        {
            Error = "Service temporarily unavailable",
            RetryAfterSeconds = WholeSeconds(wait),
            Rejection = RejectionReason.Overload,
        };

    /// <summary>The same of the gateway itself.</summary>
    public static GatewayError GatewayOverloaded(TimeSpan wait) =>
        Overloaded(wait) with { Detail = "The gateway has as many requests as it can take. Please try again later." };

    public static GatewayError RateLimited(TimeSpan wait) =>
        new(429, "rate_limited", "This client has made as many requests as it may. Please try again later.")
        {
            RetryAfterSeconds = WholeSeconds(wait),
            Rejection = RejectionReason.RateLimit,
        };

    public static GatewayError Of(AggregationFailure failure) => new(StatusOf(failure.Error), failure.Error.ToLabel(), failure.Detail)
    {
        Step = failure.Step,
        Item = failure.Item,
        RetryAfterSeconds = failure.RetryAfter is { } wait ? WholeSeconds(wait) : null,
        Rejection = failure.Error == AggregationError.BadPath ? RejectionReason.Validation : null,
    };

    /// <summary>The same where another try makes sense after <paramref name="wait"/>; null: nobody knows when.</summary>
    public GatewayError RetryAfter(TimeSpan? wait) => this with { RetryAfterSeconds = wait is { } time ? WholeSeconds(time) : null };

    private static int StatusOf(AggregationError error) => error switch
    {
        AggregationError.BadPath => 400,
        AggregationError.NotFound => 404,
        AggregationError.Unavailable => 503,
        AggregationError.Timeout => 504,
        _ => 502,
    };

    // A client that comes back at the very second it was told must not come too early.
    private static long WholeSeconds(TimeSpan wait) => Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds));

    private static string Spell(CircuitState state) => state switch
    {
        CircuitState.Closed => "CLOSED",
        CircuitState.Open => "OPEN",
        CircuitState.HalfOpen => "HALF_OPEN",
        CircuitState.ForcedOpen => "FORCED_OPEN",
        CircuitState.Disabled => "DISABLED",
        CircuitState.MetricsOnly => "METRICS_ONLY",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state.ToString(), null),
    };
}

/// <summary>Why the gateway refused a request by itself.</summary>
internal enum RejectionReason
{
    Validation,
    MediaType,
    TooLarge,
    Method,
    NoRoute,
    Overload,
    Auth,
    RateLimit,
}
